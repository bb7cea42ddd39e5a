"""Names beside points: on no other name, within the area, and by lines that do not cross."""

from __future__ import annotations

import itertools
import random

import pytest

from builder.matrix.placing import Box, around, crossing, place, touches

AREA = Box(0, 0, 400, 360)


def crowd(kind: str) -> list[tuple[float, float]]:
    """Points that lie badly."""
    chance = random.Random(4)
    return {
        "one place": [(120.0, 90.0)] * 10,
        "one column": [(60.0, 20.0 * number + 10) for number in range(14)],
        "one row": [(28.0 * number + 10, 350.0) for number in range(14)],
        "corners": [(0.0, 0.0), (400.0, 0.0), (0.0, 360.0), (400.0, 360.0)],
        "anywhere": [(chance.uniform(0, 400), chance.uniform(0, 360)) for _ in range(14)],
    }[kind]


@pytest.mark.parametrize("kind", ["one place", "one column", "one row", "corners", "anywhere"])
def test_no_name_lies_on_another_or_leaves_the_area(kind: str) -> None:
    points = crowd(kind)
    places = place(points, [(60.0 + 7 * (number % 10), 15.0) for number in range(len(points))], AREA)
    assert [pair for pair in itertools.combinations(places, 2) if pair[0].box.meets(pair[1].box)] == []
    for each in places:
        assert 0 <= each.box.left < each.box.right <= 400
        assert 0 <= each.box.top < each.box.bottom <= 360


def test_a_name_alone_is_beside_its_point() -> None:
    (alone,) = place([(200.0, 100.0)], [(60.0, 15.0)], AREA)
    assert alone.away < 10


def test_places_that_are_taken_stay_free() -> None:
    taken = Box(150, 60, 300, 140)
    (alone,) = place([(200.0, 100.0)], [(60.0, 15.0)], AREA, [taken])
    assert not alone.box.meets(taken)


def test_the_same_points_have_the_same_places() -> None:
    points = crowd("anywhere")
    sizes = [(80.0, 15.0)] * len(points)
    assert place(points, sizes, AREA) == place(points, sizes, AREA)


def test_every_place_is_told_once() -> None:
    boxes = [each.box for each in around((0.0, 0.0), (60.0, 15.0), AREA)]
    assert len(boxes) == len(set(boxes))


def test_lines_cross_and_touch() -> None:
    assert crossing((0, 0, 10, 10), (0, 10, 10, 0))
    assert not crossing((0, 0, 10, 10), (0, 0, 10, 0))
    assert touches((0, 5, 20, 5), Box(8, 0, 12, 10))
    assert not touches((0, 5, 7, 5), Box(8, 0, 12, 10))
    assert not touches((0, 11, 20, 11), Box(8, 0, 12, 10))
