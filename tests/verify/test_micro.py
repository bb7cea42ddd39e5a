"""TFLite Micro's own figure of the arena, and its outputs against LiteRT's reference kernels."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builder.preprocessing import MEAN, STD
from builder.verify import micro

from .conftest import Pixels

OURS = ([MEAN], [STD])

needs_micro = pytest.mark.skipif(not micro.is_installed(), reason=micro.NOT_INSTALLED)


@needs_micro
def test_the_arena_is_exact(models: Path) -> None:
    # 73,728 of activations (two tensors of 48 x 48 x 16) + 29,952 of records on a 64-bit host
    assert micro.measure_arena(models / "vww_96_int8.tflite") == micro.Arena(73_728 + 29_952)


@needs_micro
def test_the_size_of_the_file_does_not_change_the_arena(micro_file: Path, tmp_path: Path) -> None:
    for count in (1, 7, 100):
        longer = tmp_path / f"{count}.tflite"
        shutil.copy(micro_file, longer)
        with longer.open("ab") as file:
            file.write(b"\0" * count)
        assert micro.measure_arena(longer).bytes == 103_680


@needs_micro
def test_outputs_equal_the_reference_kernels(micro_file: Path, pixels: Pixels) -> None:
    arena, state, reason = micro.check_micro(micro_file, pixels(96), OURS)
    assert (arena.bytes, state) == (103_680, "passed"), reason
    assert "on 12 photos" in reason


@needs_micro
@pytest.mark.parametrize(
    ("name", "reason"),
    [("mobilenet_v1_0.25_128_quant", "CONV_2D takes float32, int8, int16 there, and uint8 here")],
)
def test_what_it_cannot_run_has_a_reason(models: Path, name: str, reason: str) -> None:
    arena = micro.measure_arena(models / f"{name}.tflite")
    assert arena.bytes is None
    assert reason in str(arena.reason)


def test_where_it_is_not_installed_checks_are_skipped(models: Path, pixels: Pixels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(micro, "is_installed", lambda: False)
    assert micro.measure_arena(models / "vww_96_int8.tflite") == micro.Arena(None, micro.NOT_INSTALLED)
    assert micro.check_micro(models / "vww_96_int8.tflite", pixels(96, 1), OURS)[1] == "skipped"
