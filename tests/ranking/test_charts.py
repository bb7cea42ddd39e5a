"""Pictures of fronts, read from what Vega is given."""

from __future__ import annotations

from typing import Any

import pytest

from builder.ranking.charts import BEATEN_MAX, costs_of, front_picture, thinned
from builder.ranking.fronts import Axis, Front, fronts
from tests.ranking.samples import entry


def front(count: int, axis: Axis = "flash") -> Front:
    """So many files on a front, each with one that it beats."""
    best = [entry(number, flash_bytes=1000 * 2**number, accuracy=1 - 0.5 ** (number + 1)) for number in range(count)]
    beaten = [entry(100 + number, flash_bytes=1000 * 2**number, accuracy=0.5 - 0.5 ** (number + 1)) for number in range(count)]
    (made,) = fronts([*best, *beaten], [axis])
    return made


def layers(made: Front, **rest: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = front_picture(made, **rest).drawing.to_dict()["layer"]
    return found


def rows(layer: dict[str, Any], whole: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = layer["data"].get("values") or whole["datasets"][layer["data"]["name"]]
    return found


def test_every_file_is_a_dot_and_the_knee_is_named() -> None:
    made = front(5)
    whole = front_picture(made).drawing.to_dict()
    kinds = [layer["mark"]["type"] for layer in whole["layer"]]
    assert kinds == ["line", "point", "point", "point", "text", "text"]
    assert [len(rows(layer, whole)) for layer in whole["layer"][:4]] == [5, 5, 5, 1]
    assert made.knee is not None
    assert rows(whole["layer"][3], whole)[0]["id"] == made.knee.entry.id


def test_costs_are_in_the_axis_unit() -> None:
    whole = front_picture(front(3)).drawing.to_dict()
    assert [row["cost"] for row in rows(whole["layer"][0], whole)] == [1000 / 1024, 2000 / 1024, 4000 / 1024]


@pytest.mark.parametrize("axis", ["flash", "arena", "multiply_adds", "latency"])
def test_one_file_alone_can_be_drawn(axis: Axis) -> None:
    (made,) = fronts([entry(1)], [axis])
    picture = front_picture(made)
    assert "<svg" in picture.svg().svg
    assert "1 file is on the front" in picture.alt


def test_words_tell_the_front_and_the_knee() -> None:
    # Up: 0, 0.53, 0.8, 0.93, 1, across: 0, 0.25, 0.5, 0.75, 1, so the third lies highest above the chord.
    words = front_picture(front(5)).alt
    assert "Accuracy over flash of 10 files" in words
    assert "5 files are on the front: from 1000 B at 50.0 % to 15.6 KiB at 96.9 %" in words
    assert "the knee is alpha 0.25, 128 px, int8, with 87.5 % at 3.9 KiB" in words


def test_dots_can_be_clicked_where_that_is_asked_for() -> None:
    whole = front_picture(front(5), clickable=True).drawing.to_dict()
    assert [each["name"] for each in whole["params"]] == ["picked"]
    assert whole["params"][0]["select"]["fields"] == ["id", "File"]
    assert "params" not in front_picture(front(5)).drawing.to_dict()


def test_of_too_many_dots_an_even_share_is_drawn() -> None:
    (made,) = fronts([entry(number, flash_bytes=1000 + number, accuracy=0.5) for number in range(2 * BEATEN_MAX + 2)], ["flash"])
    drawn = thinned(made.points)
    assert len(drawn) <= BEATEN_MAX
    assert drawn[-1].cost - drawn[0].cost > 1.9 * BEATEN_MAX


def test_equal_costs_still_span_an_axis() -> None:
    low, high = costs_of(front(1).points, 1)
    assert low < 1000 < high
