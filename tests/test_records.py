"""Records: a stage is skipped only when its files are there, whole, and belong together."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder import records
from builder.errors import StorageError
from builder.findings import Trained
from builder.runs import Run

TRAINED = Trained("scratch", "as asked", epochs=2, best_epoch=2, accelerators=("GPU:0",), history=({"epoch": 1, "loss": 2.5},))
NAMES = ("int8.tflite", "labels.txt")


class Model:
    """Saves itself as Keras does; a full disk stops it in the middle."""

    def __init__(self, content: bytes, *, full: bool = False) -> None:
        self.content, self.full = content, full

    def save(self, path: Path) -> None:
        path.write_bytes(self.content[: len(self.content) // 2] if self.full else self.content)
        if self.full:
            raise OSError(28, "No space left on device")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A folder after training and export."""
    run = Run(tmp_path)
    records.write_trained(run, Model(b"weights"), TRAINED)
    for name in NAMES:
        (tmp_path / name).write_text(name)
    records.write_exported(run, NAMES)
    return run


def test_a_training_is_recorded_as_it_was(run: Run) -> None:
    assert records.read_trained(run) == TRAINED


def test_finished_exports_are_known(run: Run) -> None:
    assert records.is_exported(run, NAMES)
    assert not records.is_exported(run, (*NAMES, "float32.tflite"))


@pytest.mark.parametrize("content", [b"", b"wei", b"other weights"])
def test_damaged_weights_are_no_finished_training(run: Run, content: bytes) -> None:
    (run.folder / "model.keras").write_bytes(content)
    assert records.read_trained(run) is None
    assert not records.is_exported(run, NAMES)


@pytest.mark.parametrize("record", ["", "{", "[]", "{}", '{"start_kind": "scratch"}'])
def test_a_damaged_record_is_none(run: Run, record: str) -> None:
    (run.folder / "trained.json").write_text(record)
    (run.folder / "exported.json").write_text(record)
    assert records.read_trained(run) is None
    assert not records.is_exported(run, NAMES)


def test_a_record_of_another_version_is_none(run: Run) -> None:
    path = run.folder / "trained.json"
    records.write_json(path, records.read_json(path) | {"new_key": 1})
    assert records.read_trained(run) is None


@pytest.mark.parametrize("name", NAMES)
def test_files_that_are_missing_or_changed_are_exported_anew(run: Run, name: str) -> None:
    (run.folder / name).write_text("changed")
    assert not records.is_exported(run, NAMES)
    (run.folder / name).unlink()
    assert not records.is_exported(run, NAMES)


def test_a_full_disk_keeps_the_old_weights_and_leaves_no_half(run: Run) -> None:
    with pytest.raises(StorageError, match="disk is full"):
        records.write_trained(run, Model(b"new weights", full=True), TRAINED)
    assert records.read_trained(run) == TRAINED
    assert not list(run.folder.glob(".*"))
