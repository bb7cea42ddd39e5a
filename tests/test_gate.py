"""The gate: what it counts, what it says, which limits it takes."""

from __future__ import annotations

import pytest

from builder.errors import ConfigError
from builder.gate import Gate, Verdict, judge

CLASSES = ("cat", "dog")


def verdict(gate: Gate, network: list[int], file: list[int], true: list[int], *, flash: int = 1000, packed: int = 800) -> Verdict:
    return judge(gate, network, file, true, CLASSES, flash_bytes=flash, gzip_bytes=packed)


def test_a_file_that_loses_nothing_passes() -> None:
    found = verdict(Gate(), [0, 1, 1], [0, 1, 1], [0, 1, 0])

    assert (found.passed, found.reasons, found.drop, found.worst_class) == (True, (), 0.0, "")


def test_what_is_won_makes_up_for_what_is_lost() -> None:
    found = verdict(Gate(max_drop=0), [0, 1, 1, 1], [1, 1, 0, 1], [0, 1, 0, 1])  # the first is lost, the third won

    assert found.drop == 0
    assert found.passed


def test_points_are_told_so_exactly_that_they_can_be_held_against_the_limit() -> None:
    true = [0] * 98 + [1] * 98
    found = verdict(Gate(max_class_drop=100), true, [1, 1, 1, *true[3:]], true)

    assert not found.passed
    assert found.reasons == ("it loses 1.53 points of accuracy (3 of 196 photos), 1 is allowed",)


def test_a_limit_is_rounded_up_to_whole_photos() -> None:
    true = [0] * 98 + [1] * 98  # 1 point is 1.96 of 196 photos

    assert verdict(Gate(), true, [1, 1, *true[2:]], true).passed
    assert verdict(Gate(), [0, 1], [1, 1], [0, 1]).passed  # half of two photos, and only one
    assert not verdict(Gate(max_drop=0), [0, 1], [1, 1], [0, 1]).passed


def test_exactly_the_limit_passes() -> None:
    true = [0] * 100 + [1] * 100

    assert verdict(Gate(max_class_drop=100), true, [1, 1, *true[2:]], true).passed
    assert not verdict(Gate(max_class_drop=100), true, [1, 1, 1, *true[3:]], true).passed


def test_a_class_counts_from_three_lost_photos_on() -> None:
    true = [0] * 10 + [1] * 990
    two, three = [1] * 2 + true[2:], [1] * 3 + true[3:]

    assert verdict(Gate(), true, two, true).passed
    found = verdict(Gate(), true, three, true)
    assert found.reasons == ('"cat" loses 30 points (3 of 10 photos), 5 are allowed',)
    assert (found.worst_class, found.worst_class_drop, found.accuracy_failed, found.size_failed) == ("cat", 0.3, True, False)


def test_sizes_are_limits_too() -> None:
    gate = Gate.of(max_flash="1KiB", max_gzip=900)
    found = verdict(gate, [0], [0], [0], flash=1025, packed=1000)

    assert found.reasons == (
        "it takes 1.0 KiB of flash, 1 B more than the 1.0 KiB allowed",
        "it takes 1000 B compressed, 100 B more than the 900 B allowed",
    )
    assert (found.accuracy_failed, found.size_failed) == (False, True)


def test_without_validation_photos_nothing_is_lost() -> None:
    assert verdict(Gate(), [], [], []).passed


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        ({"max_drop": -1}, "--max-drop"),
        ({"max_class_drop": 101}, "--max-class-drop"),
        ({"max_drop": float("nan")}, "--max-drop"),
        ({"max_flash": "300"}, ""),
        ({"max_flash": "300 K"}, "--max-flash"),
        ({"max_gzip": 0}, "--max-gzip"),
    ],
)
def test_limits_out_of_range_are_named(limits: dict[str, float], named: str) -> None:
    if not named:
        assert Gate.of(**limits).max_flash_bytes == 300  # type: ignore[arg-type]
        return
    with pytest.raises(ConfigError, match=named):
        Gate.of(**limits)  # type: ignore[arg-type]


def test_limits_in_words() -> None:
    assert Gate.of(max_flash="300KiB").text == "at most 1 point lost, 5 in a class, 300.0 KiB of flash"
