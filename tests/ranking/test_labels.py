"""Titles that are cut: they keep what tells them apart."""

from __future__ import annotations

import pytest

from builder.ranking.labels import labels
from tests.ranking.samples import entry


def made(titles: list[str], limit: int) -> list[str]:
    return labels([entry(number << 16, title=title) for number, title in enumerate(titles, 1)], limit)


def test_what_fits_is_not_cut() -> None:
    assert made(["Night run: alpha 0.25", "Hands"], 21) == ["Night run: alpha 0.25", "Hands"]


def test_settings_that_all_titles_of_a_batch_share_go_first() -> None:
    titles = [f"Night run: alpha {alpha}, resolution 96, rate 0.002" for alpha in (0.25, 0.5)]
    assert made(titles, 32) == ["Night run: alpha 0.25,…", "Night run: alpha 0.5,…"]


def test_what_differs_keeps_its_name() -> None:
    titles = [f"Night run: alpha 0.25, resolution 96, rate {rate}" for rate in (0.001, 0.002)]
    assert made(titles, 32) == ["Night run:…rate 0.001", "Night run:…rate 0.002"]


@pytest.mark.parametrize("limit", [16, 20, 32])
def test_different_titles_never_look_the_same(limit: int) -> None:
    settings = [f"alpha {alpha}, resolution 96, rate {rate}, seed 0" for alpha in (0.25, 0.5) for rate in (0.001, 0.002)]
    titles = [f"{name}: {each}" for name in ("Night run", "Night trip") for each in settings]
    cut = made([*titles, "x" * 40 + "a" + "x" * 40, "x" * 40 + "b" + "x" * 40], limit)
    assert len(set(cut)) == len(cut)
    assert all(len(label) <= limit for label in cut)


def test_one_title_twice_has_one_label() -> None:
    assert len(set(made(["Night run: alpha 0.25, resolution 96"] * 2, 20))) == 1


def test_labels_are_printable() -> None:
    assert made(["\x1b[31m red"], 32) == ["\ufffd[31m red"]
