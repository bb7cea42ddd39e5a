"""The map of alpha and rho: what a click does, when it is drawn anew, where the mark stands."""

from __future__ import annotations

from typing import Any

import pytest

from ui import session
from ui.choice import Choice
from ui.design import afresh, plane
from ui.photos import Photos
from ui.planned import planned


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A visitor's session."""
    kept: dict[str, Any] = {session.CHOICE: Choice()}
    monkeypatch.setattr("streamlit.session_state", kept)
    return kept


def test_a_click_chooses_the_design_and_counts_once(state: dict[str, Any]) -> None:
    state["plane-0"] = {"selection": {"picked": [{"alpha": 0.6, "pixels": 128}]}}
    plane.take()
    assert (state[session.CHOICE].alpha, state[session.CHOICE].resolution) == (0.6, 128)
    assert state[afresh.ASKED]  # sliders and figures are outside the map's fragment
    assert state[plane.CLICKS] == 1  # the next map has another key, so nothing is picked there


@pytest.mark.parametrize("selection", [{}, {"selection": {}}, {"selection": {"picked": []}}, {"selection": {"picked": [{}]}}])
def test_a_click_beside_the_map_changes_nothing(selection: dict[str, Any], state: dict[str, Any]) -> None:
    state["plane-0"] = selection
    plane.take()
    assert state[session.CHOICE] == Choice()


def test_a_move_of_a_dial_leaves_the_map_as_it_is(state: dict[str, Any]) -> None:
    before, after = (plane.depends_on(planned(Choice(alpha=alpha), Photos())) for alpha in (0.25, 0.3))
    assert before == after
    assert before != plane.depends_on(planned(Choice(classes=9), Photos()))
    assert state


def test_every_cell_can_be_picked_and_says_what_it_costs() -> None:
    made = planned(Choice(), Photos())
    found = plane.drawn(made.setting, made.variant, (0.25, 0.5), (96, 128))
    rows = found["spec"]["layer"][0]["data"]["values"]
    assert [(row["alpha"], row["pixels"]) for row in rows] == [(0.25, 96), (0.25, 128), (0.5, 96), (0.5, 128)]
    assert rows[0]["file"] == "238.0 KiB"


def test_the_mark_stands_within_the_map() -> None:
    assert plane.along([(0.0, 1.0), (1.0, 2.0)], 0.5) == 0.25
    assert plane.along([(0.0, 1.0), (1.0, 2.0)], 9) == 1
