"""A batch on the terminal: one line on the whole, rows that fit a screen, plain lines in a log, closing words."""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from builder.batch.journal import line_of
from builder.batch.outcome import Outcome
from builder.batch.record import STOPPED, BatchRecord, CellRecord
from builder.batch.sections import Exports
from builder.console.batch import SILENT_SECONDS, BatchProgress, drawn
from builder.console.batch_summary import columns_of, failures, print_batch
from builder.console.batch_told import header_of, varying
from builder.console.columns import fitting
from builder.console.json_lines import JsonLines
from tests.console.batches import BEGAN, INT8, batch, cell, done, twelve
from tests.console.test_progress import Clock, Gone, Terminal

MICRO = replace(INT8, variant="int8_micro", flash_bytes=239 * 1024)  # whose accuracy is that of int8, as the gate judges it
FOLDER = Path("exports/batches/hands-0a1b2c3d")
HOSTILE = "oak \x1b[2J\r\n\x07[red]\u202ex"


def event_of(changed: CellRecord) -> dict[str, Any]:
    """A cell's event as the batch tells it."""
    return line_of(changed)


def screen(record: BatchRecord, ended: tuple[int, ...] = (), now: float = BEGAN + 75, width: int = 100) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=width).print(drawn(record, varying(record.cells), ended, now))
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def lines_of(*changed: CellRecord, cells: int = 12) -> list[str]:
    stream = io.StringIO()
    with BatchProgress(stream, clock=Clock()) as progress:
        progress.watch(batch(*map(cell, range(1, cells + 1))))
        for each in changed:
            progress("cell", **event_of(each))
    return stream.getvalue().splitlines()


def closing(record: BatchRecord, exports: Exports | None = None) -> str:
    stream = io.StringIO()
    print_batch(record, FOLDER, "builder batch hands.yaml", exports=exports, file=stream)
    return stream.getvalue()


def test_one_line_tells_how_the_whole_batch_is() -> None:
    record = twelve()
    assert header_of(record, record.counts, {"alpha"}) == (
        "12 cells: 5 done, 2 running, 1 failed, 4 waiting · best 98.4 % (cell 1: alpha 0.25, 251.0 KiB) · 3 min left"
    )


def test_the_line_says_nothing_that_nobody_knows() -> None:
    record = batch(cell(1), cell(2, "skipped"))
    assert header_of(record, record.counts, {"alpha"}) == "2 cells: 1 skipped, 1 waiting"


def test_a_running_cell_has_its_stage_its_epochs_its_best_and_its_time() -> None:
    row = next(line for line in screen(twelve()) if "▶ 6" in line)
    assert " ".join(row.split()) == "▶ 6 alpha 0.5, epochs 6 Training epoch 3 of 20 best 91.7 % 1 min 15 s"


def test_a_failed_cell_has_its_message_and_the_last_finished_ones_are_there() -> None:
    shown = screen(twelve(), ended=(4, 5))
    assert [line.split()[1] for line in shown if "✓" in line] == ["4", "5"]
    assert "The loss became nan in epoch 2." in next(line for line in shown if "✗ 8" in line)


def test_only_what_varies_is_told_of_a_cell() -> None:
    assert varying((cell(1), cell(2))) == {"alpha", "training.epochs"}
    assert varying((cell(1),)) == {"alpha", "resolution", "training.epochs"}


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_table_fits_a_terminal_of_24_lines_whatever_the_batch(width: int) -> None:
    many = [cell(number, "running", began=BEGAN, stage="train", epoch=1) for number in range(1, 65)]
    many += [cell(number, "failed", message="no memory " * 60) for number in range(65, 200)]
    shown = screen(batch(*many, *map(done, range(200, 206))), ended=(202, 203, 204, 205), width=width)
    assert len(shown) <= 22
    assert max(map(cell_len, shown)) <= width
    assert shown[-1] == "  and 55 more running, 132 more failed"


def test_ten_thousand_cells_are_drawn_in_a_small_share_of_half_a_second() -> None:
    record = batch(*map(done, range(1, 9_000)), *map(cell, range(9_000, 10_001)))
    keys = varying(record.cells)
    began = time.thread_time()
    for _ in range(5):
        drawn(record, keys, (8_999,), BEGAN)
    assert (time.thread_time() - began) / 5 < 0.05


def test_a_log_has_a_line_for_each_end() -> None:
    again = cell(4, "waiting", message="Tried again after: The worker died (SIGSEGV): it said nothing.", attempts=1)
    stopped = cell(5, "stopped", message="Stopped by halving after epoch 1 of 3.", attempts=1)
    assert lines_of(done(3), again, replace(again, state="failed", message="The disk is full."), stopped) == [
        "cell 3 of 12 done: 98.4 % int8 validation, 251.0 KiB, 41 s",
        "cell 4 of 12: Tried again after: The worker died (SIGSEGV): it said nothing.",
        "cell 4 of 12 failed: The disk is full.",
        "cell 5 of 12 stopped: Stopped by halving after epoch 1 of 3.",
    ]


def test_the_accuracy_has_the_name_of_the_file_that_was_judged_and_the_size_that_of_its_own() -> None:
    for outcome, said in (
        (MICRO, "int8 98.4 % validation, int8_micro 239.0 KiB, 41 s"),
        (replace(MICRO, judged=""), "98.4 % validation, int8_micro 239.0 KiB, 41 s"),
    ):
        assert lines_of(replace(done(3), outcome=outcome)) == [f"cell 3 of 12 done: {said}"]


@pytest.mark.parametrize(
    ("outcomes", "whose"),
    [
        ([INT8], "the file"),
        ([MICRO], "int8, the file that the gate judges"),
        ([MICRO, replace(MICRO, judged="dynamic")], "the file that the gate judges"),
        ([replace(MICRO, judged="")], "the file that the gate judges"),  # a record that does not say which
        ([replace(INT8, judged="", is_judged=False)], "the trained network"),
        ([INT8, replace(INT8, judged="", is_judged=False)], "the file, or of the trained network where it judges none"),
    ],
)
def test_the_legend_says_whose_validation_accuracy_it_is(outcomes: list[Outcome], whose: str) -> None:
    cells = [replace(done(number), outcome=outcome) for number, outcome in enumerate(outcomes, 1)]
    assert f"\nvalidation: of {whose}, on the photos that choices are made on;" in closing(batch(*cells, state="done"))


def test_files_that_the_gate_refuses_have_a_sign_that_needs_no_colour() -> None:
    refused = replace(done(2), outcome=replace(INT8, gate="it loses 3 points"))
    text = closing(batch(done(1), refused, state="done"))
    assert [line[:4] for line in text.splitlines() if "KiB" in line] == ["  1:", "! 2:"]
    assert "; !: the gate refuses 1 file\n" in text
    assert "!" not in closing(batch(done(1), state="done"))


def test_the_time_is_that_of_the_whole_cell_where_this_run_built_it() -> None:
    cells = done(1), replace(done(2), took=0.0), replace(done(3), took=5.0)  # another run's; only its exports are of this run
    text = closing(batch(*cells, state="done"))
    assert [line.split()[-2:] for line in text.splitlines() if "KiB" in line] == [["41", "s"], ["40", "s"], ["40", "s"]]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_figures_go_where_there_is_no_room_but_neither_the_cell_nor_its_accuracy(width: int) -> None:
    kept = fitting(columns_of([done(1), done(2)], {"alpha", "training.epochs"}, width), width)
    titles = [column.title for column in kept]
    assert {"cell", "validation", "size"} <= set(titles)
    assert ("mult-adds" in titles) == (width == 120)
    assert sum(column.width for column in kept) + 2 * (len(kept) - 1) <= width


def test_what_is_made_of_every_build_is_said_with_how_to_compare_it() -> None:
    asked = Exports(techniques=("qat",), resolutions=(48,), bundle=True)
    text = closing(batch(done(1), state="done"), asked)
    assert "\nMade of each as well: qat; 48 px; a zip. `" in text
    assert " leaderboard exports --every-file` compares all files.\n" in text
    assert "\nMade of each as well: a zip.\n" in closing(batch(done(1), state="done"), Exports(bundle=True))
    for nothing in (None, Exports()):
        assert "Made of each" not in closing(batch(done(1), state="done"), nothing)


def test_a_file_that_the_gate_refuses_is_told_with_its_reason() -> None:
    assert lines_of(done(3, message="it loses 3 points"))[0].endswith("41 s - the gate refuses it: it loses 3 points")


def test_cells_that_never_began_are_no_lines_when_the_batch_is_stopped() -> None:
    assert (
        lines_of(cell(5, "stopped", message=STOPPED), cell(6, "running", attempts=1), cell(7, "waiting", message="Stopped.")) == []
    )


def test_a_silent_log_hears_how_far_the_batch_is() -> None:
    stream, clock = io.StringIO(), Clock()
    with BatchProgress(stream, clock=clock) as progress:
        for _ in range(3):
            progress.watch(twelve())
            clock.now += SILENT_SECONDS / 2
    assert stream.getvalue().splitlines() == [
        "12 cells: 5 done, 2 running, 1 failed, 4 waiting · best 98.4 % (cell 1: alpha 0.25, epochs 1, 251.0 KiB) · 3 min left"
    ]


def test_a_terminal_gets_the_table_and_its_cursor_back() -> None:
    stream = Terminal()
    with BatchProgress(stream) as progress:
        progress("note", message="hands: 12 cells: 12 to build.")
        progress("cell", **event_of(done(5)))
        progress.watch(twelve())
        progress("warning", message="cell 3: a class has 7 photos.")
    shown = stream.getvalue()
    assert shown.index("12 to build") < shown.index("\x1b[?25l") < shown.index("a class has 7 photos") < shown.rindex("\x1b[?25h")
    assert "✓" in shown


def test_nothing_from_outside_steers_the_terminal() -> None:
    hostile = replace(done(1), values={"data": HOSTILE}, outcome=replace(INT8, variant=HOSTILE), message=HOSTILE)
    failed = cell(2, "failed", message=HOSTILE, values={"data": "b"})
    running = cell(3, "running", stage=HOSTILE, began=BEGAN, values={"data": HOSTILE})
    record = batch(hostile, failed, running, name=HOSTILE, message=HOSTILE, warnings=(HOSTILE,))
    log = io.StringIO()
    with BatchProgress(log) as progress:
        progress("note", message=HOSTILE)
        progress("warning", message=HOSTILE)
        for each in record.cells:
            progress("cell", **event_of(each))
    for text in ("\n".join(screen(record, (1,))), closing(record), log.getvalue()):
        assert [char for char in text if not char.isprintable() and char != "\n"] == []
        assert "[red]" in text


def test_a_terminal_that_has_gone_does_not_stop_the_batch() -> None:
    with BatchProgress(Gone()) as progress:
        progress("note", message="one")
        progress.watch(twelve())


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_a_batch_of_which_nothing_is_known_is_shown(stream: Any) -> None:
    with BatchProgress(stream()) as progress:
        progress("cell", number=1)
        progress("something new", value=1)
        progress.watch(batch())
        progress.watch(batch(cell(1, "running")))
    assert "hands" in closing(batch())


def test_the_end_shows_the_best_first_and_the_smaller_of_equal_ones() -> None:
    small = replace(done(3), outcome=replace(INT8, flash_bytes=100 * 1024))
    text = closing(batch(done(1, 0.9), done(2), small, state="done"))
    rows = [line.split()[0] for line in text.splitlines() if "KiB" in line]
    assert rows == ["3:", "2:", "1:"]
    assert "3 cells: 3 done" in text


def test_the_end_shows_ten_of_many() -> None:
    text = closing(batch(*map(done, range(1, 31)), state="done"))
    assert text.count("alpha") == 10
    assert "the best 10 of 30" in text


def test_the_end_names_all_that_failed_and_what_to_do() -> None:
    failed = [cell(number, "failed", message=f"no photo {number}", attempts=2) for number in range(2, 15)]
    text = closing(batch(done(1), *failed, state="done"))
    assert all(f"no photo {number}" in text for number in range(2, 15))
    assert "run the same command: it builds only what is not done. Each was tried twice" in text
    assert "Go on   builder batch hands.yaml" in text


def test_what_was_stopped_or_skipped_is_counted_by_its_reason() -> None:
    skipped = [cell(number, "skipped", message="Does not fit the Pico: 312 KiB.") for number in (3, 4, 5)]
    halved = [cell(number, "stopped", message=f"Stopped by halving after epoch 1 of 3: 4{number} %.") for number in (6, 7)]
    others = cell(8, "stopped", message="cell 1 meets accuracy>=98%.")
    text = closing(batch(done(1), cell(2), *skipped, *halved, others, state="stopped", message="cell 1 meets accuracy>=98%."))
    assert "Skipped 3 cells: Does not fit the Pico: 312 KiB." in text
    assert "Stopped 2 cells: Stopped by halving after epoch 1 of 3; cell 6, for example: 46 %." in text
    assert text.count("cell 1 meets accuracy>=98%.") == 1


def test_the_end_says_where_things_lie_and_how_to_compare() -> None:
    text = closing(batch(done(1), state="done"))
    assert "Record  exports/batches/hands-0a1b2c3d/record.json\n" in text
    assert "Best    exports/digits-1/report.html\n" in text
    assert " leaderboard exports\n" in text
    assert "Go on" not in text


@pytest.mark.parametrize(
    ("message", "goes_on"), [("cell 1 (alpha 0.25) meets accuracy>=98%.", False), ("The 2 hours of --max-hours are over.", True)]
)
def test_a_batch_that_met_its_goal_is_not_to_go_on(message: str, goes_on: bool) -> None:
    text = closing(batch(done(1), cell(2, "stopped"), state="stopped", message=message, rules={"stop_when": "accuracy>=98%"}))
    assert ("Go on" in text) == goes_on


def test_what_failed_in_a_batch_that_met_its_goal_is_tried_again_without_it() -> None:
    cells = done(1), cell(2, "failed", message="no photos.", attempts=2)
    met = batch(*cells, state="stopped", message="cell 1 meets flash<=1MB.", rules={"stop_when": "flash<=1MB"})
    assert "then run it without --stop-when: it builds only what is not done." in closing(met)
    assert "then run the same command: it builds only what is not done." in closing(batch(*cells, state="done"))


def test_failures_are_one_sentence_however_many_there_are() -> None:
    failed = [cell(number, "failed", message="no memory.") for number in range(1, 13)]
    told = failures(batch(*failed, done(13)))
    assert told.startswith("12 of 13 cells failed: cell 1 (alpha 0.25, epochs 1): no memory; cell 2 ")
    assert told.endswith("; and 2 more.")


def test_json_lines_are_whole_objects_with_their_time() -> None:
    stream = io.StringIO()
    emit = JsonLines(stream)
    emit("cell", **event_of(replace(done(3), val_accuracy=float("nan"))))
    emit("warning", message="two\nlines", time=5.0)
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["event"], first["number"], first["state"], first["val_accuracy"]) == ("cell", 3, "done", None)
    assert first["time"] > 0
    assert second == {"time": 5.0, "event": "warning", "message": "two\nlines"}


def test_a_reader_of_json_lines_that_has_gone_stops_nothing() -> None:
    emit = JsonLines(Gone())
    emit("cell", number=1)
    emit("cell", number=2)
