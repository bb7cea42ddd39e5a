"""PNG files: real pictures, large enough, with everything on them."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from builder.architecture import Network
from builder.budget import Budget
from builder.pictures import fit_page, fit_png, plan_png
from builder.pictures.charts import fit_pictures
from builder.pictures.sheet import MARGIN, SCALE, Sheet, size_of
from builder.pictures.sheets import fit_lines, formula_lines, plan_lines
from builder.planner import Builds, Measured, fit, plan

BUDGET = Budget.of(flash="400 KiB", ram="128 KiB")


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def test_a_plan_is_a_picture_on_white_with_an_empty_margin() -> None:
    picture = np.asarray(opened(plan_png(plan(Network(0.25, 96, classes=10), budget=BUDGET))))
    height, width, _ = picture.shape
    assert width > 1600
    assert height > 2000
    edge = SCALE * MARGIN // 2
    for side in (picture[:edge], picture[-edge:], picture[:, :edge], picture[:, -edge:]):
        assert side.min() == 255  # nothing reaches over the edge


def test_a_fit_is_a_picture_where_something_fits_and_where_nothing_does() -> None:
    some = opened(fit_png(fit(BUDGET, classes=10)))
    none = opened(fit_png(fit(Budget.of(flash="30 KiB", ram="20 KiB"), classes=10)))
    assert some.height > none.height > 600


def test_lines_say_the_figures() -> None:
    made = plan(Network(0.25, 96, classes=10), budget=BUDGET)
    first, second = plan_lines(made, "int8_micro")
    assert first == "int8_micro fits the budget · 10 classes, colour"
    assert "7.49 M mult-adds" in second
    assert "extrapolated" in second
    assert formula_lines(made)[-1].endswith("1/32 + 1/9 = 0.142, 7.0 times fewer")
    assert fit_lines(fit(BUDGET, classes=10))[0] == "flash 400.0 KiB, RAM 128.0 KiB"


def test_text_is_escaped_and_long_lines_are_broken() -> None:
    sheet = Sheet()
    sheet.text("<b>", ["word " * 60])
    svg = sheet.svg()
    assert "&lt;b&gt;" in svg
    assert svg.count("<text") == 1 + 3
    assert size_of(svg)[1] > 0


def test_a_fit_with_measured_builds_still_stands_beside_published_networks() -> None:
    builds = Builds({(0.25, 96, 3, "int8_micro"): Measured(0.97, 3000, 0.963, 0.976, "imagenet")})
    found = fit(BUDGET, classes=10, builds=builds)
    assert set(fit_pictures(found)) == {"plane", "multiply_adds", "size", "compute", "ram"}
    page = fit_page(found)
    assert "GoogleNet" in page
    assert "counted with 1,000 classes like the others" in page
    assert opened(fit_png(found)).height > 2000
