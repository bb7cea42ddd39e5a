"""What `batch --dry-run` shows."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from builder.batch.file import Batch
from builder.batch.options import Options
from builder.batch.planning import plan_batch
from builder.console.batch_plan import print_batch_plan, short, spans
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
    assert lines[2].split() == ["alpha", "flash", "RAM", "mult-adds", "time", "state"]
    costs = f"{format_bytes(planned.flash_bytes)} {format_bytes(planned.peak_ram_bytes)} {format_count(planned.multiply_adds)}"
    assert " ".join(lines[5].split()).startswith(f"2 0.25 {costs}")
    assert "2 to build." in lines


def test_what_is_in_effect_is_shown_where_a_cell_says_nothing_itself(tmp_path: Path) -> None:
    lines = shown(tmp_path, grid={"rho": [0.25]}, include=[{"alpha": 0.5}]).splitlines()
    assert lines[2].split()[:2] == ["px", "alpha"]
    assert lines[4].split()[:3] == ["1", "56", "0.25"]
    assert lines[5].split()[:3] == ["2", "32", "0.5"]


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
