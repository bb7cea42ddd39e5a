"""The picture of the plane: what its marks are made of."""

from __future__ import annotations

import pytest

from builder.architecture import Network
from builder.budget import Budget
from builder.devices import find
from builder.pictures.charts import fit_pictures
from builder.pictures.designs import any_file, contour_variant, fit_cells, plan_grid, shown_variant
from builder.pictures.grid import Grid, levels
from builder.pictures.plane import Mark, border_rows, cell_rows, draw_plane, plane_words
from builder.planner import fit, plan
from builder.report import charts as report_charts
from builder.report.charts import ACCENT, MUTED, svg_of

BUDGET = Budget.of(flash="400 KiB", ram="128 KiB")


def test_cells_that_fit_are_stronger_than_cells_of_the_same_accuracy_that_do_not() -> None:
    grid, limits = plan_grid(plan(Network(0.25, 96, classes=10), budget=BUDGET), "int8_micro", BUDGET)
    rows = cell_rows(grid, limits)
    assert len(rows) == 975
    by_shade = sorted((row for row in rows if row["fits"]), key=lambda row: row["accuracy"])
    assert [row["shade"] for row in by_shade] == sorted(row["shade"] for row in by_shade)
    assert max(row["shade"] for row in rows if not row["fits"]) <= 0.5


def test_every_cell_is_drawn_blue_where_it_fits_and_grey_where_not() -> None:
    grid, limits = plan_grid(plan(Network(0.25, 96, classes=10), budget=BUDGET), "int8_micro", BUDGET)
    svg = svg_of(draw_plane(grid, limits, [Mark(0.25, 96, "here")]))
    fitting = sum(row["fits"] for row in cell_rows(grid, limits))
    cells = svg[svg.index("mark-rect") :].partition("</g>")[0]
    assert (cells.count(f'fill="{ACCENT}"'), cells.count(f'fill="{MUTED}"')) == (fitting, 975 - fitting)
    assert "here" in svg
    assert "flash 400.0 KiB" in svg
    assert "RAM 128.0 KiB" in svg


def test_each_limit_has_its_own_lines() -> None:
    grid, limits = plan_grid(plan(Network(0.25, 96, classes=10), budget=BUDGET), "int8_micro", BUDGET)
    assert {row["limit"] for row in border_rows(grid, limits)} == {"flash 400.0 KiB", "RAM 128.0 KiB"}
    # The file does not depend on the resolution, except that pooling is dropped at 32 px: the border of flash is upright.
    flash = {row["alpha"] for row in border_rows(grid, limits) if row["limit"].startswith("flash") and row["resolution"] > 40}
    assert len(flash) == 1


@pytest.mark.parametrize(("alpha", "resolution"), [(0.02, 32), (1.0, 224), (2.0, 224), (0.25, 1024)])
def test_designs_at_the_ends_can_be_drawn(alpha: float, resolution: int) -> None:
    made = plan(Network(alpha, resolution, classes=10))
    grid, limits = plan_grid(made, "int8_micro", None)
    assert svg_of(draw_plane(grid, limits, [Mark(alpha, resolution, "x")])).startswith("<svg")


def test_drawings_hold_no_ids_and_only_colours_that_the_style_sheet_turns_dark() -> None:
    import re

    known = {value for name, value in vars(report_charts).items() if name.isupper() and str(value).startswith("#")}
    drawn = fit_pictures(fit(BUDGET, classes=10))
    assert set(drawn) == {"plane", "flash_bytes", "multiply_adds", "size", "compute", "ram"}
    for picture in drawn.values():
        svg = picture.svg().svg
        assert ' id="' not in svg
        assert "url(" not in svg
        assert set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]+)"', svg)) <= known


def test_the_words_count_the_designs_that_fit() -> None:
    grid, limits = plan_grid(plan(Network(0.25, 96, classes=10), budget=BUDGET), "int8_micro", BUDGET)
    count = sum(row["fits"] for row in cell_rows(grid, limits))
    assert f"{count} of 975 designs fit flash 400.0 KiB, RAM 128.0 KiB" in plane_words(grid, limits, [])
    assert "without a budget" in plane_words(grid, (), [])


def test_the_file_that_is_shown_is_the_devices_usual_one_or_one_that_fits() -> None:
    network = Network(0.25, 96, classes=10)
    assert shown_variant(plan(network), None) == "int8_micro"
    held = Budget.of(find("Google Pixel 4"))
    assert shown_variant(plan(network, budget=held), held) == "int8"
    edge = Budget.of(find("Coral USB Accelerator"))
    assert shown_variant(plan(network, budget=edge), edge) == "int8"


def test_all_candidates_lie_where_a_file_fits() -> None:
    found = fit(BUDGET, classes=10, any_alpha=True)
    grid, whole = any_file(found, fit_cells(found))
    for candidate in found.candidates:
        assert whole.holds(grid.cells[candidate.alpha, candidate.resolution])
        assert grid.cells[candidate.alpha, candidate.resolution].accuracy >= candidate.expected.accuracy
    assert len(whole.fits) < len(grid.cells)


def test_lines_of_a_fits_plane_join_designs_of_one_file_and_do_not_jump() -> None:
    found = fit(BUDGET, classes=10)
    named = contour_variant(found)
    assert named == found.candidates[0].variant
    grid = Grid.of([cell for cell in fit_cells(found) if cell.variant == named])
    for line in levels(grid).values():
        sizes = [size for _, size in line]
        assert sizes == sorted(sizes, reverse=True)  # a wider design needs no more pixels for the same accuracy


def test_only_the_plane_is_drawn_where_nothing_fits() -> None:
    assert set(fit_pictures(fit(Budget.of(flash="30 KiB", ram="20 KiB"), classes=10))) == {"plane"}
