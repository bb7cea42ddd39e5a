"""HTML pages of a plan and a fit: they need nothing else, say the figures, and let no name out of its place."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from builder.architecture import Network
from builder.budget import Budget
from builder.devices import find
from builder.formats import format_bytes, format_count
from builder.pictures import fit_page, plan_page
from builder.pictures.formula import largest
from builder.planner import fit, plan
from tests.report.test_html import Page

BOARD = find("NUCLEO-L4R5ZI")
HOSTILE = 'board <script>alert(1)</script> & "x"'


@pytest.fixture(scope="module")
def fitting() -> Page:
    return Page(plan_page(plan(Network(0.25, 96, classes=10), budget=Budget.of(BOARD, ram="120 KiB"))))


def test_a_plan_says_whether_it_fits_and_what_it_costs(fitting: Page) -> None:
    made = plan(Network(0.25, 96, classes=10), budget=Budget.of(BOARD, ram="120 KiB"))
    shown = made.variants["int8_micro"]
    text = fitting.text.replace("\u00a0", " ")
    assert "int8_micro fits NUCLEO-L4R5ZI" in text
    for figure in (format_bytes(shown.flash_bytes), format_bytes(shown.ram.typical), format_count(made.cost.multiply_adds)):
        assert figure in text
    for variant in made.variants:
        assert variant in text


def test_a_plan_explains_the_formula_with_its_own_numbers(fitting: Page) -> None:
    assert "3 · 3 · 32 · 32 · 24 · 24" in fitting.text
    assert "5,308,416 mult-adds" in fitting.text
    assert "755,712 mult-adds" in fitting.text


def test_a_plan_that_does_not_fit_says_why_and_what_would() -> None:
    made = plan(Network(0.75, 192, classes=10), budget=Budget.of(BOARD, ram="100 KiB"))
    text = Page(plan_page(made)).text
    shown = made.variants["int8_micro"]
    assert "int8_micro does not fit NUCLEO-L4R5ZI" in text
    assert all(reason in text for reason in shown.reasons)
    assert all(remedy.text in text for remedy in shown.remedies)
    assert shown.remedies


def test_without_a_budget_nothing_is_refused() -> None:
    text = Page(plan_page(plan(Network(1.5, 320, channels=1, classes=1000)))).text
    assert "No budget was given" in text
    assert "too large" not in text


def test_another_budgets_border_can_be_drawn() -> None:
    page = plan_page(plan(Network(0.25, 96, classes=10)), budget=Budget.of(flash="300 KiB"))
    assert "flash 300.0 KiB" in page


@pytest.mark.parametrize("page_of", [0, 1, 2])
def test_pages_need_nothing_else(page_of: int, fitting: Page) -> None:
    budget = Budget.of(BOARD, ram="120 KiB")
    pages = (
        lambda: fitting,
        lambda: Page(fit_page(fit(budget, classes=10))),
        lambda: Page(fit_page(fit(Budget.of(flash="30 KiB"), classes=10))),
    )
    page = pages[page_of]()
    assert {"script", "link", "img", "iframe", "object"}.isdisjoint(tag for tag, _ in page.elements)
    policy = next(given["content"] for tag, given in page.elements if tag == "meta" and "http-equiv" in given)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    addresses = [
        value for _, given in page.elements for name, value in given.items() if name in ("src", "href", "xlink:href") and value
    ]
    assert addresses == []


def test_names_are_text_wherever_they_stand() -> None:
    board = replace(BOARD, name=HOSTILE)
    network = Network(0.25, 96, classes=2)
    for page in (plan_page(plan(network, budget=Budget.of(board))), fit_page(fit(Budget.of(board), classes=2))):
        assert "<script" not in page
        assert "alert(1)" in Page(page).text


def test_every_colour_of_the_charts_turns_dark() -> None:
    page = plan_page(plan(Network(0.25, 96, classes=10), budget=Budget.of(BOARD, ram="120 KiB")))
    style = page[page.index("<style>") : page.index("</style>")]
    drawn = set(re.findall(r'(fill|stroke)="(#[0-9a-f]{6})"', page[page.index("</style>") :]))
    assert drawn
    for kind, color in drawn:
        assert f'svg [{kind}="{color}"]' in style


def test_a_fit_lists_its_candidates_best_first_with_the_next_step() -> None:
    found = fit(Budget.of(BOARD, ram="80 KiB"), classes=10)
    text = Page(fit_page(found)).text
    best = found.candidates[0]
    assert f"alpha {best.alpha:g} at {best.resolution} px as {best.variant}, the best of {len(found.candidates)} designs." in text
    assert best.next_step is not None
    assert best.next_step.text in text
    places = [text.index(f"{place}. alpha") for place in range(1, len(found.candidates) + 1)]
    assert places == sorted(places)


def test_a_fit_that_holds_nothing_says_what_would_do() -> None:
    found = fit(Budget.of(flash="30 KiB", ram="20 KiB"), classes=10)
    assert found.nothing_fits is not None
    text = Page(fit_page(found)).text
    assert found.nothing_fits.text in f"Nothing fits. {text[text.index('The smallest is') :]}"
    assert "Candidates" not in text


def test_candidates_that_would_start_from_scratch_are_marked() -> None:
    text = fit_page(fit(Budget.of(flash="120 KiB", ram="64 KiB"), classes=10, any_alpha=True))
    assert ">from scratch<" in text


def test_a_limit_beyond_the_axis_is_not_spoken_of_as_drawn() -> None:
    assert "orange line is the flash budget" in fit_page(fit(Budget.of(flash="400 KiB"), classes=10))
    assert "orange line is the flash budget" not in fit_page(fit(Budget.of(flash="100 MiB"), classes=10))


def test_a_fit_shows_the_best_design_by_layer_with_the_formula_and_landmarks() -> None:
    found = fit(Budget.of(flash="400 KiB", ram="128 KiB"), classes=10)
    page = fit_page(found)
    best = found.candidates[0]
    block = largest(Network(best.alpha, best.resolution, classes=10))
    assert f"Weights, {best.variant}" in page
    assert f"Activations alive, {best.variant}" in page
    assert "GoogleNet" in page
    assert f"{block.standard:,} mult-adds" in page
    assert f"{block.separable:,} mult-adds" in page


def test_a_fit_that_holds_nothing_has_no_layers_and_no_formula() -> None:
    page = fit_page(fit(Budget.of(flash="30 KiB", ram="20 KiB"), classes=10))
    assert "layer by layer" not in page
    assert "Why it is so small" not in page
