"""Vela's summary, read."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.errors import MissingTool
from builder.npu.report import CYCLES, MEMORIES, read_summary

ROW = {
    "system_config": "Ethos_U55_High_End_Embedded",
    "memory_mode": "Shared_Sram",
    "core_clock": "500000000.0",
    "sram_memory_used": "72.734375",
    "dram_memory_used": "0.0",
    "on_chip_flash_memory_used": "0.0",
    "off_chip_flash_memory_used": "74.21875",
    "total_original_weights": "208128",
    "total_npu_encoded_weights": "47456",
    "nn_macs": "7491972",
    **{f"cycles_{part}": str(1000 + number) for number, part in enumerate(CYCLES)},
}


def written(folder: Path, row: dict[str, str]) -> Path:
    file = folder / "summary.csv"
    file.write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n")
    return file


def test_memory_comes_in_kib_and_goes_out_in_bytes(tmp_path: Path) -> None:
    found = read_summary(written(tmp_path, ROW))
    assert found.memory_bytes == {"sram": 74_480, "dram": 0, "on_chip_flash": 0, "off_chip_flash": 76_000}
    assert tuple(found.memory_bytes) == MEMORIES
    assert (found.clock_hz, found.macs, found.cycles["total"]) == (5e8, 7_491_972, 1005)
    assert (found.original_weights_bytes, found.encoded_weights_bytes) == (208_128, 47_456)


@pytest.mark.parametrize("change", [{"nn_macs": "nan"}, {"cycles_total": ""}])
def test_a_figure_that_is_none_is_not_passed_on(tmp_path: Path, change: dict[str, str]) -> None:
    with pytest.raises(MissingTool, match="another form"):
        read_summary(written(tmp_path, ROW | change))


def test_a_version_with_other_columns_is_named(tmp_path: Path) -> None:
    row = {name: value for name, value in ROW.items() if name != "core_clock"}
    with pytest.raises(MissingTool, match="core_clock"):
        read_summary(written(tmp_path, row))
