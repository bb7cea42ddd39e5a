"""report.html: one page that needs nothing else, says the figures, and lets no name out of its place."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from builder.report import BuildReport, Check, Measured, SkippedPhoto, charts
from builder.report.html import moment, render_html
from tests.report.samples import HOSTILE, hostile_names, plain_names, sample, variants

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """Elements, attributes and text of a page; complains where tags are not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render_html(sample()))


def test_the_page_says_which_file_to_take_and_how_good_it_is(page: Page) -> None:
    assert "int8.tflite names 99.0 % of 410 test photos right, in 250.4 KiB." in page.text


@pytest.mark.parametrize(
    "figure", ["872.7 KiB", "157.2 KiB", "1.02 ms", "13.32 M", "−0.2", "libEGL.so.1 is not installed", "3.15.1"]
)
def test_figures_and_reasons_are_there(page: Page, figure: str) -> None:
    assert figure in page.text


def test_it_loads_nothing_and_runs_nothing(page: Page) -> None:
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "image", "use", "foreignobject"}
    loading = {"src", "href", "xlink:href", "action", "srcset", "data"}
    assert [name for _, attributes in page.elements for name in attributes if name in loading or name.startswith("on")] == []
    assert not re.search(r"@import|url\(", render_html(sample()))


def test_every_chart_says_in_words_what_it_shows(page: Page) -> None:
    said = [attributes["aria-label"] or "" for tag, attributes in page.elements if attributes.get("role") == "img"]
    assert [text.partition(" ")[0] for text in said] == ["Line", "Line", "Confusion"]
    assert "validation from 74.2 % to 99.1 %" in said[0]
    assert "10 test photos are off the diagonal" in said[2]


def test_dark_screens_get_their_colour_for_each_colour_of_the_charts(page: Page) -> None:
    style = render_html(sample()).partition("<style>")[2].partition("</style>")[0]
    used = {
        (name, attributes[name])
        for _, attributes in page.elements
        for name in ("fill", "stroke")
        if attributes.get(name) not in (None, "none", "transparent")
    }
    assert used
    assert [pair for pair in used if f'[{pair[0]}="{pair[1]}"]' not in style] == []


@pytest.mark.parametrize("count", [2, 10, 100])
def test_no_name_gets_out_of_its_place(count: int) -> None:
    names = hostile_names(count)
    report = sample(names, notes=HOSTILE, warnings=HOSTILE)
    photos = tuple(SkippedPhoto(name, name) for name in HOSTILE)
    named = replace(
        report, dataset=replace(report.dataset, bad=photos, data=HOSTILE[0]), build=replace(report.build, title=HOSTILE[1])
    )
    page = Page(render_html(named))
    assert not {tag for tag, _ in page.elements} & {"script", "img", "b"}
    assert [name for _, attributes in page.elements for name in attributes if name.startswith("on")] == []
    assert "<script>alert('class')</script>" in page.text
    assert "{{ 7 * 7 }}" in page.text
    assert not set("\x1b\u202e\x00") & set(render_html(named))


def test_failed_checks_are_loud() -> None:
    made = variants()
    made["int8"] = replace(made["int8"], checks=(Check("integer", "failed", "a float op: CONV_2D"),))
    page = Page(render_html(sample(measures=made)))
    assert any(attributes.get("role") == "alert" for _, attributes in page.elements)
    assert "1 check failed int8: integers only: a float op: CONV_2D" in page.text
    assert "dynamic.tflite names" in page.text


@pytest.mark.parametrize(
    "report",
    [
        sample(epochs=0),
        sample(measures={}),
        sample(plain_names(400)),
        replace(sample(), measured=Measured(replace(sample().measured.keras, confusion=(), per_class={}, images=0), variants())),
    ],
    ids=["untrained", "nothing exported", "many classes", "no confusion matrix"],
)
def test_a_report_with_gaps_is_a_whole_page(report: BuildReport) -> None:
    assert "How it was made" in Page(render_html(report)).text


def test_many_classes_have_pairs_in_place_of_a_matrix() -> None:
    page = Page(render_html(sample(plain_names(400))))
    assert "too large to draw" in page.text
    assert "380 more classes" in page.text


def test_the_page_is_made_where_charts_cannot_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: BuildReport) -> None:
        raise ValueError("no engine <here>")

    monkeypatch.setattr(charts, "charts_of", broken)
    page = Page(render_html(sample()))
    assert "The charts could not be drawn: ValueError: no engine <here>" in page.text


def test_a_moment_outside_the_calendar_is_a_dash() -> None:
    assert (moment(1_760_000_000.0), moment(1e300)) == ("2025-10-09 08:53 UTC", "–")


def test_a_page_is_drawn_from_nothing_in_little_time() -> None:
    code = (
        "import resource, sys; sys.path.insert(0, sys.argv[1]); from report.samples import sample; report = sample()\n"
        "from builder.report.html import render_html; spent = lambda: sum(resource.getrusage(resource.RUSAGE_SELF)[:2])\n"
        "began = spent(); render_html(report); print(spent() - began)"
    )
    tests = str(__file__).rpartition("/report/")[0]
    seconds = min(
        float(subprocess.run([sys.executable, "-c", code, tests], capture_output=True, text=True, check=True).stdout)
        for _ in range(2)
    )
    assert seconds < 2.5  # processor time of all threads; 1.1 s, in 0.7 s of real time on 2 cores, when this was written
