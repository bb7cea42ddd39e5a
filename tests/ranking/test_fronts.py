"""Pareto fronts by photos, and where they bend."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from builder.errors import ConfigError
from builder.ranking.fronts import AXES, Front, axis_of, fronts, knee, marks
from builder.ranking.model import Entry
from tests.ranking.samples import entry


def files(*figures: tuple[int, float | None]) -> list[Entry]:
    """Files of the same photos: bytes of flash, accuracy."""
    return [entry(number, flash_bytes=size, accuracy=accuracy) for number, (size, accuracy) in enumerate(figures)]


def over_flash(entries: list[Entry]) -> Front:
    (made,) = fronts(entries, ["flash"])
    return made


def sizes(made: Front) -> list[float]:
    return [point.cost for point in made.front]


def test_the_front_is_what_no_other_file_beats() -> None:
    made = over_flash(files((300, 0.9), (100, 0.8), (200, 0.7), (400, 0.9), (500, 0.95)))
    assert sizes(made) == [100, 300, 500]
    assert [point.cost for point in made.points] == [100, 200, 300, 400, 500]


def test_equal_files_are_on_the_front_together() -> None:
    assert sizes(over_flash(files((100, 0.8), (100, 0.8), (200, 0.9)))) == [100, 100, 200]


def test_of_one_cost_only_the_most_accurate_is_on_the_front() -> None:
    assert [point.accuracy for point in over_flash(files((100, 0.7), (100, 0.8))).front] == [0.8]


def test_files_of_other_photos_or_another_split_are_never_compared() -> None:
    small, best = files((100, 0.8), (100, 0.9))
    for apart in (replace(best, dataset="other"), replace(best, split="split seed 1")):
        made = fronts([small, apart], ["flash"])
        assert [sizes(each) for each in made] == [[100], [100]]


def test_files_without_a_figure_or_that_failed_a_check_are_left_out() -> None:
    entries = [*files((100, 0.8), (50, None)), entry(7, flash_bytes=40, accuracy=0.99, sound=False)]
    made = over_flash(entries)
    assert sizes(made) == [100]
    assert made.left_out == 2


def test_a_cost_that_no_file_has_has_no_front() -> None:
    entries = [replace(each, arena_bytes=None) for each in files((100, 0.8))]
    assert "arena" not in [made.axis for made in fronts(entries)]


def test_every_cost_has_its_own_front() -> None:
    slow = entry(1, accuracy=0.9, flash_bytes=100, arena_bytes=100, multiply_adds=100, latency_ms=9.0)
    quick = entry(2, accuracy=0.9, flash_bytes=200, arena_bytes=50, multiply_adds=100, latency_ms=1.0)
    best = {made.axis: [point.entry.id for point in made.front] for made in fronts([slow, quick])}
    assert best == {
        "flash": [slow.id], "arena": [quick.id], "multiply_adds": [slow.id, quick.id], "latency": [quick.id],
    }  # fmt: skip


def test_the_knee_lies_highest_above_the_chord() -> None:
    # Across, by the logarithm: 0, 1/4, 2/4, 3/4, 1; up: 0, 0.4, 0.8, 0.9, 1; above the chord: 0, 0.15, 0.3, 0.15, 0.
    steps = [(1.0, 0.5), (2.0, 0.7), (4.0, 0.9), (8.0, 0.95), (16.0, 1.0)]
    assert knee(steps) == (4.0, 0.9)


def test_the_knee_does_not_depend_on_the_unit_of_the_cost() -> None:
    steps = [(1.0, 0.5), (2.0, 0.7), (4.0, 0.9), (8.0, 0.95), (16.0, 1.0)]
    assert knee([(1024 * cost, share) for cost, share in steps]) == (4.0 * 1024, 0.9)


def test_a_straight_or_hollow_front_and_two_steps_have_no_knee() -> None:
    assert knee([(1.0, 0.5), (2.0, 0.75), (4.0, 1.0)]) is None
    assert knee([(1.0, 0.5), (2.0, 0.6), (4.0, 1.0)]) is None
    assert knee([(1.0, 0.5), (4.0, 1.0)]) is None
    assert knee([]) is None


def test_of_equally_high_steps_the_cheapest_is_the_knee() -> None:
    assert knee([(1.0, 0.0), (math.e, 0.5), (math.e**2, 0.75), (math.e**4, 1.0)]) == (math.e, 0.5)


def test_one_file_is_the_knee_and_marks_tell_it() -> None:
    entries = files((100, 0.5), (200, 0.9), (200, 0.9), (400, 0.95))
    made = over_flash(entries)
    assert made.knee is not None
    assert made.knee.cost == 200
    assert sum(point.is_knee for point in made.points) == 1
    assert sorted(knee for on in marks([made]).values() for knee in on.values()) == [False, False, False, True]


@pytest.mark.parametrize(
    ("word", "axis"), [("flash", "flash"), ("RAM", "arena"), ("mult-adds", "multiply_adds"), ("latency_ms", "latency")]
)
def test_costs_go_by_their_usual_names(word: str, axis: str) -> None:
    assert axis_of(word) == axis
    assert axis in AXES


def test_an_unknown_cost_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match='Did you mean "latency"'):
        axis_of("latnecy")
