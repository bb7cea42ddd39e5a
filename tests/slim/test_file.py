"""`slim` on files of the disk, with real interpreters beside."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.errors import InvalidInput, ModelFileError
from builder.slim.file import Comparison, slim_file


def test_phones_get_the_same_outputs_to_the_bit(models: Path, tmp_path: Path) -> None:
    made = slim_file(models / "vww_96_int8.tflite", "mobile", tmp_path / "slim.tflite")

    assert [run.state for run in made.runs] == ["equal", "equal"]
    assert (tmp_path / "slim.tflite").stat().st_size == made.after_bytes < 0.84 * made.before_bytes


def test_microcontrollers_get_the_same_outputs_in_a_smaller_arena(models: Path, tmp_path: Path) -> None:
    pytest.importorskip("tflite_micro")
    made = slim_file(models / "vww_96_int8.tflite", "micro", tmp_path / "slim.tflite")

    assert [(run.state, run.arena_bytes) for run in made.runs] == [("equal", (103_680, 85_248))]
    assert made.after_bytes < 0.8 * made.before_bytes


def test_a_plan_that_costs_memory_is_not_kept(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arenas = iter([(1000, 2000), (1000, 1000)])
    monkeypatch.setattr("builder.slim.file.compared", lambda *_: (Comparison("TFLite Micro", "equal", "", next(arenas)),))
    made = slim_file(models / "vww_96_int8.tflite", "micro", tmp_path / "slim.tflite")

    assert made.activations is None
    assert b"OfflineMemoryAllocation" not in (tmp_path / "slim.tflite").read_bytes()


def test_a_file_that_computes_something_else_is_not_written(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.slim.file.compared", lambda *_: (Comparison("LiteRT", "different", "output 0 differs"),))

    with pytest.raises(ModelFileError, match="computes something else"):
        slim_file(models / "vww_96_int8.tflite", "mobile", tmp_path / "slim.tflite")
    assert list(tmp_path.iterdir()) == []


def test_bad_places_and_files_are_told_before_any_work(models: Path, tmp_path: Path) -> None:
    model = models / "vww_96_int8.tflite"
    with pytest.raises(InvalidInput, match="is a folder"):
        slim_file(model, "mobile", tmp_path)
    with pytest.raises(InvalidInput, match="no folder"):
        slim_file(model, "mobile", tmp_path / "none" / "slim.tflite")
    with pytest.raises(InvalidInput, match="the file itself"):
        slim_file(model, "mobile", model)
    cut = tmp_path / "cut.tflite"
    cut.write_bytes(model.read_bytes()[:100_000])
    with pytest.raises(ModelFileError, match="damaged"):
        slim_file(cut, "mobile", tmp_path / "slim.tflite")
    assert [path.name for path in tmp_path.iterdir()] == ["cut.tflite"]
