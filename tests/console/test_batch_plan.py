"""What `batch --dry-run` shows."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from builder.batch.file import Batch
from builder.batch.options import Options
from builder.batch.planning import plan_batch
from builder.console.batch_plan import print_batch_plan, print_cells, short, spans
from builder.formats import format_bytes, format_count

SMALL = {"data": "digits", "init": "scratch", "resolution": 32}


def shown(exports: Path, *, workers: int = 1, options: Options | None = None, **values: Any) -> str:
    """The dry run of a batch over small digits."""
    stream = io.StringIO()
    print_batch_plan(plan_batch(Batch(base=SMALL, **values), exports), workers=workers, options=options, file=stream)
    return stream.getvalue()


def test_a_row_has_what_sets_a_build_apart_and_what_it_costs(tmp_path: Path) -> None:
    grid = {"alpha": [0.1, 0.25], "training.epochs": [4]}
    lines = shown(tmp_path, name="Widths", grid=grid).splitlines()
    planned = plan_batch(Batch(base=SMALL, grid=grid), tmp_path).cells[1]
    assert lines[0] == f"Batch Widths: 2 builds into {tmp_path}"
    assert lines[2].split() == ["alpha", "flash", "peak", "RAM", "mult-adds", "time", "state"]
    costs = f"{format_bytes(planned.flash_bytes)} {format_bytes(planned.peak_ram_bytes)} {format_count(planned.multiply_adds)}"
    assert " ".join(lines[5].split()).startswith(f"2 0.25 {costs}")
    assert "2 to build." in lines


def test_what_is_in_effect_is_shown_where_a_cell_says_nothing_itself(tmp_path: Path) -> None:
    lines = shown(tmp_path, grid={"rho": [0.25]}, include=[{"alpha": 0.5}]).splitlines()
    assert lines[2].split()[:2] == ["px", "alpha"]
    assert lines[4].split()[:3] == ["1", "56", "0.25"]
    assert lines[5].split()[:3] == ["2", "32", "0.5"]


def test_settings_that_are_the_same_everywhere_are_no_columns(tmp_path: Path) -> None:
    grid = {"alpha": [0.1, 0.25], "rho": [32 / 224], "training.epochs": [4]}
    header = shown(tmp_path, grid=grid, include=[{"alpha": 0.5, "training.epochs": 4}]).splitlines()[2]
    assert header.split()[:2] == ["alpha", "flash"]  # the base has 32 px, too


def at(width: int, tmp_path: Path, **values: Any) -> list[str]:
    """The lines of a dry run's table on a terminal of a width."""
    stream = io.StringIO()
    print_cells(Console(file=stream, width=width), plan_batch(Batch(base=SMALL, **values), tmp_path))
    return [line.rstrip() for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("width", [12, 40, 60, 80, 120])
def test_costs_go_where_there_is_no_room_and_no_title_is_squeezed(width: int, tmp_path: Path) -> None:
    grid = {"alpha": [0.1, 0.25], "training.epochs": [4, 12], "seed": [0, 1], "training.learning_rate": [0.001, 0.004]}
    lines = at(width, tmp_path, grid=grid, devices=["Raspberry Pi Pico 2"])
    titles = lines[0].split()
    every = ["alpha", "epochs", "seed", "learning_rate", "flash", "peak", "RAM", "mult-adds", "latency", "time", "state"]
    assert titles == [title for title in every if title in titles]
    assert [line.split()[0] for line in lines[2:18]] == [str(number) for number in range(1, 17)]
    assert "…" not in "".join(lines[:18])
    assert max(map(len, lines[:18])) <= width
    assert ("alpha" in titles and "learning_rate" in titles) == (width >= 40)
    assert ("mult-adds" in titles, "flash" in titles) == (width == 120, width >= 80)
    assert any(line.startswith("Flash and peak RAM are") for line in lines) == (width == 80)
    assert any(line.startswith("Flash, peak RAM and latency are") for line in lines) == (width == 120)
    assert any(line.startswith("No room here for ") and "--json has all" in line for line in lines) == (width < 120)


def test_costs_are_of_the_file_and_the_device_that_are_named(tmp_path: Path) -> None:
    pico, nano, phone = "Raspberry Pi Pico 2", "Arduino Nano 33 BLE Sense", "Raspberry Pi 4B"
    grid = {"alpha": [0.25, 1.0]}
    assert "Flash and peak RAM are those of int8. RAM is what LiteRT takes" in shown(tmp_path, grid=grid)
    assert "are those of int8_micro. RAM is TFLite Micro's arena" in shown(tmp_path, grid=grid, budget={"flash": "9MiB"})
    assert f"Flash, peak RAM and latency are those of int8_micro on {pico}." in shown(tmp_path, grid=grid, devices=[pico])
    several = shown(tmp_path, grid=grid, devices=[pico, nano])
    assert "are those of int8_micro on the first device that each build fits. RAM is TFLite Micro's arena" in several
    mixed = shown(tmp_path, grid=grid, devices=[nano, phone])
    assert "are those of the file that the device runs on the first device that each build fits." in mixed
    assert "arena and the scratch memory of its kernels on microcontrollers, elsewhere what LiteRT takes" in mixed


def test_reasons_are_told_once_for_all_that_share_them(tmp_path: Path) -> None:
    text = shown(tmp_path, grid={"alpha": [0.25, 1.0, "big"], "seed": [0, 1]}, devices=["Raspberry Pi Pico"])
    assert "2 to build, 2 skipped, 2 cannot be built." in text
    assert text.count("numbers 3-4: Does not fit Raspberry Pi Pico as int8_micro: flash:") == 1
    assert text.count("numbers 5-6: alpha") == 1
    assert "latency" in text


def test_each_of_several_devices_is_told_with_the_builds_that_fit_it(tmp_path: Path) -> None:
    two = ["Raspberry Pi Pico 2", "Arduino Nano 33 BLE Sense"]
    text = shown(tmp_path, grid={"alpha": [0.25, 1.0]}, devices=two)
    fits = [planned.fits for planned in plan_batch(Batch(base=SMALL, grid={"alpha": [0.25, 1.0]}, devices=two), tmp_path).cells]
    assert fits == [(two[0], two[1]), (two[0],)]
    assert f"Fit {two[0]}: numbers 1-2." in text
    assert f"Fit {two[1]}: number 1." in text
    assert "Fit " not in shown(tmp_path, grid={"alpha": [0.25, 1.0]}, devices=two[:1])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (Options(halving=3), "--halving stops most"),
        (Options(stop_when="flash<1MB"), "--stop-when may"),
        (Options(ray="local"), "nodes"),
    ],
)
def test_what_the_time_does_not_know_is_said(options: Options, said: str, tmp_path: Path) -> None:
    assert said in shown(tmp_path, options=options)
    assert said not in shown(tmp_path)


def test_forty_rows_are_enough_and_the_rest_is_counted(tmp_path: Path) -> None:
    text = shown(tmp_path, grid={"seed": list(range(100))})
    assert "… 60 more; --json has all" in text
    assert "100 to build." in text
    assert len(text.splitlines()) < 60


def test_time_is_told_for_the_workers_that_there_are(tmp_path: Path) -> None:
    one, two = (shown(tmp_path, workers=workers, grid={"seed": list(range(8))}) for workers in (1, 2))
    assert "on 1 worker, from" in one
    assert "on 2 workers, from" in two
    assert "rough guess from published figures" in one


def test_a_batch_that_is_done_says_so(tmp_path: Path) -> None:
    batch = Batch(base=SMALL)
    (planned,) = plan_batch(batch, tmp_path).cells
    (tmp_path / f"digits-{planned.build}").mkdir()
    (tmp_path / f"digits-{planned.build}" / "report.json").write_text("{}")
    text = shown(tmp_path)
    assert "1 done already." in text
    assert "Nothing is to be built." in text
    assert "Times rest on" not in shown(tmp_path, options=Options(halving=3))
    assert "--halving" not in shown(tmp_path, options=Options(halving=3))


def test_names_from_a_file_are_neither_markup_nor_control_sequences(tmp_path: Path) -> None:
    text = shown(tmp_path, name="[red]all[/red]", grid={"data": ["digits", "[bold]x[/bold]\x1b[31m"]})
    assert "[red]all[/red]" in text
    assert "[bold]x[/bold]" in text
    assert "\x1b[31m" not in text


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([3], "number 3"),
        ([1, 2, 3, 4, 9], "numbers 1-4, 9"),
        ([1, 3, 5, 7, 9, 11, 12], "numbers 1, 3, 5, 7, 9 and 2 more"),
    ],
)
def test_numbers_are_told_in_spans(numbers: list[int], text: str) -> None:
    assert spans(numbers) == text


def test_keys_are_short_where_they_can_be() -> None:
    assert short(["alpha", "resolution", "training.epochs"]) == ["alpha", "px", "epochs"]
