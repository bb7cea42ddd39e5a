"""Charts: right marks, right words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builder.report import EpochRecord, charts
from tests.report.samples import confusion_of, hostile_names, sample


def test_only_cells_with_photos_are_drawn() -> None:
    drawn = list(charts.cells(((3, 1), (0, 0))))
    assert drawn == [
        {"true": 0, "predicted": 0, "photos": 3, "share": 0.75},
        {"true": 0, "predicted": 1, "photos": 1, "share": 0.25},
    ]


def test_a_matrix_has_one_mark_for_each_cell_with_photos() -> None:
    svg = charts.charts_of(sample())["confusion"].svg
    cells = sum(1 for row in confusion_of(10) for photos in row if photos)
    assert svg.count('aria-roledescription="rect mark"') == cells
    assert svg.count(f'fill="{charts.ACCENT}"') == 10


def test_long_histories_are_thinned_and_keep_their_last_point() -> None:
    history = [EpochRecord(epoch, loss=1 / epoch) for epoch in range(1, 10_001)]
    line = charts.points(history, "loss")
    assert (len(line) <= charts.POINTS_MAX, line[-1]) == (True, (10_000, 1e-4))


def test_epochs_without_a_value_leave_a_gap_not_a_zero() -> None:
    assert charts.points([EpochRecord(1, loss=2.0), EpochRecord(2), EpochRecord(3, loss=1.0)], "loss") == [(1, 2.0), (3, 1.0)]


@pytest.mark.parametrize("epochs", [1, 2])
def test_short_histories_can_be_drawn(epochs: int) -> None:
    drawn = charts.charts_of(sample(epochs=epochs, training=replace(sample(epochs=epochs).training, best_epoch=1)))
    assert {"accuracy", "loss"} <= drawn.keys()


def test_an_untrained_build_has_no_curves() -> None:
    assert charts.charts_of(sample(epochs=0)).keys() == {"confusion"}


def test_drawings_hold_no_ids_that_could_clash_in_one_page() -> None:
    for chart in charts.charts_of(sample(hostile_names(10))).values():
        assert ' id="' not in chart.svg
        assert "url(" not in chart.svg
