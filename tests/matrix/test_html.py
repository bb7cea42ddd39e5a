"""A matrix's page: one that needs nothing else, says the figures, and lets no name out of its place."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from builder.matrix import Matrix, charts, html
from builder.matrix.html import PHOTOS_MAX, picture, render_matrix
from builder.report import Check
from tests.matrix.samples import failed_row, hostile, photos, row, sample, with_gaps
from tests.report.samples import plain_names
from tests.report.test_html import Page


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render_matrix(sample(), None))


def images(page: Page) -> list[str]:
    return [attributes["src"] or "" for tag, attributes in page.elements if tag == "img"]


@pytest.mark.parametrize(
    "said",
    [
        "Smallest file that passes: pruned_clustered_qat, 250.5 KiB, 94.0 KiB as a download.",
        "pruned_2_4: it loses 1.2 points of accuracy, 1 are allowed",
        "not kept in 1 layer of 13: conv_pw_7 (17 values for 16)",
        "13 layers left alone",
        "43 % of int8's",
        "1.02 ms",
        "10 min 40 s",
        "157.2 KiB",
    ],
)
def test_figures_and_reasons_are_there(page: Page, said: str) -> None:
    assert said in page.text.replace("\u00a0", " ")


def test_each_technique_has_a_row_and_the_chosen_one_is_marked(page: Page) -> None:
    assert sum(attributes.get("class") == "chosen" for tag, attributes in page.elements if tag == "tr") == 1
    assert page.text.count("passed 9") == 12
    assert page.text.count("failed 9") == 2


def test_it_loads_nothing_and_runs_nothing(tmp_path: Path) -> None:
    matrix = sample()
    text = render_matrix(matrix, photos(tmp_path, matrix))
    page = Page(text)
    assert not {tag for tag, _ in page.elements} & {"script", "link", "iframe", "object", "image", "use", "foreignobject"}
    assert all(source.startswith("data:image/png;base64,") for source in images(page))
    loading = {"href", "xlink:href", "action", "srcset", "data"}
    assert [name for _, attributes in page.elements for name in attributes if name in loading or name.startswith("on")] == []
    assert "url(" not in text
    assert "@import" not in text


def test_the_pictures_say_in_words_what_they_show(page: Page) -> None:
    said = [attributes["aria-label"] or "" for _, attributes in page.elements if attributes.get("role") == "img"]
    assert [text.partition(" of ")[0] for text in said] == ["Accuracy over file size", "Accuracy over download size"]


def test_dark_screens_get_their_colour_for_each_colour_of_the_pictures(page: Page) -> None:
    style = render_matrix(sample(), None).partition("<style>")[2].partition("</style>")[0]
    used = {
        (name, attributes[name])
        for _, attributes in page.elements
        for name in ("fill", "stroke")
        if attributes.get(name) not in (None, "none", "transparent")
    }
    assert used
    assert [pair for pair in used if f'[{pair[0]}="{pair[1]}"]' not in style] == []


@pytest.mark.parametrize("count", [2, 10, 100])
def test_no_name_gets_out_of_its_place(count: int, tmp_path: Path) -> None:
    matrix = hostile(count)
    text = render_matrix(matrix, photos(tmp_path, matrix))
    page = Page(text)
    assert not {tag for tag, _ in page.elements} & {"script", "b"}
    assert all(source.startswith("data:image/png;base64,") for source in images(page))
    assert [name for _, attributes in page.elements for name in attributes if name.startswith("on")] == []
    assert "<script>alert('class')</script>" in page.text
    assert "{{ 7 * 7 }}" in page.text
    assert not set("\x1b\u202e\x00") & set(text)


def test_photos_have_their_label_the_networks_and_what_each_technique_said(tmp_path: Path) -> None:
    matrix = sample(flipped=1)
    page = Page(render_matrix(matrix, photos(tmp_path, matrix)))
    assert len(images(page)) == 1
    assert "hand 0 0/IMG_1100.JPG ✗ hand 1 the network ✗ hand 2 dynamic, int8, int8_more, int16 and 8 more" in page.text


def test_at_most_two_dozen_photos_are_shown(tmp_path: Path) -> None:
    matrix = sample(flipped=60)
    page = Page(render_matrix(matrix, photos(tmp_path, matrix)))
    assert len(images(page)) == PHOTOS_MAX
    assert "The 24 of 60 photos" in page.text


def test_a_photo_without_a_picture_is_still_told() -> None:
    page = Page(render_matrix(sample(flipped=3), None))
    assert images(page) == []
    assert page.text.count("no picture") == 3


def test_only_a_png_of_the_build_itself_is_taken(tmp_path: Path) -> None:
    place = photos(tmp_path, sample(flipped=1)) / "compressed" / "photos"
    assert picture(tmp_path, 3).startswith("data:image/png;base64,")
    (place / "4.png").symlink_to(place / "3.png")
    (place / "5.png").write_text("<svg onload='alert(1)'/>")
    (place / "6.png").write_bytes(html.PNG + bytes(html.PICTURE_BYTES_MAX))
    (place / "7.png").mkdir()
    os.mkfifo(place / "8.png")
    assert [picture(tmp_path, number) for number in (4, 5, 6, 7, 8, 9, 10**300)] == [""] * 7
    assert picture(None, 3) == ""


def test_failures_are_loud() -> None:
    broken = replace(row("int8"), files=(replace(row("int8").files[0], checks=(Check("integer", "failed", "a float op"),)),))
    page = Page(render_matrix(sample(rows=(broken, failed_row("int16"))), None))
    assert any(attributes.get("role") == "alert" for _, attributes in page.elements)
    assert "int16: the converter refused: unsupported operator" in page.text
    assert "int8 : int8.tflite: integers only: a float op" in page.text


@pytest.mark.parametrize(
    "matrix",
    [with_gaps(), sample(techniques=()), sample(techniques=("int8",)), sample(plain_names(1000)), sample(flipped=0)],
    ids=["failures", "no rows", "one row", "many classes", "no flips"],
)
def test_a_matrix_with_gaps_is_a_whole_page(matrix: Matrix) -> None:
    assert "Layer by layer" in Page(render_matrix(matrix, None)).text


def test_the_page_is_made_where_pictures_cannot_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no engine <here>")

    monkeypatch.setattr(html, "matrix_picture", broken)
    assert charts.matrix_picture is not broken
    assert "The pictures could not be drawn: ValueError: no engine <here>" in Page(render_matrix(sample(), None)).text
