"""Which rows are shown, and in which order."""

from __future__ import annotations

from typing import Any

import pytest

from builder.errors import ConfigError
from builder.ranking.choosing import condition, in_order, kept
from builder.ranking.columns import BY_KEY
from tests.ranking.samples import entry


def order(key: str, values: list[Any], sort: str, *, reverse: bool = False) -> list[Any]:
    entries = [entry(number, **{key: value}) for number, value in enumerate(values)]
    return [getattr(each, key) for each in in_order(entries, sort, reverse=reverse)]


def test_accuracies_come_from_the_highest_and_sizes_from_the_smallest() -> None:
    assert order("accuracy", [0.8, 0.9, 0.7], "accuracy") == [0.9, 0.8, 0.7]
    assert order("flash_bytes", [2, 3, 1], "flash") == [1, 2, 3]
    assert order("latency_ms", [2.0, 3.0, 1.0], "latency") == [1.0, 2.0, 3.0]
    assert order("title", ["b", "c", "a"], "title") == ["a", "b", "c"]
    assert order("created", [2.0, 3.0, 1.0], "created") == [3.0, 2.0, 1.0]


def test_reverse_is_the_other_way_round_and_unknown_ones_stay_last() -> None:
    assert order("gzip_bytes", [2, None, 1], "gzip") == [1, 2, None]
    assert order("gzip_bytes", [2, None, 1], "gzip", reverse=True) == [2, 1, None]
    assert order("accuracy", [0.8, None, 0.9], "accuracy", reverse=True) == [0.8, 0.9, None]


def test_equal_ones_come_by_accuracy_then_by_size() -> None:
    entries = [
        entry(1, alpha=0.5, accuracy=0.8, flash_bytes=10),
        entry(2, alpha=0.5, accuracy=0.9, flash_bytes=30),
        entry(3, alpha=0.5, accuracy=0.9, flash_bytes=20),
    ]
    assert [each.id[-1] for each in in_order(entries, "alpha")] == ["3", "2", "1"]
    assert [each.id[-1] for each in in_order(entries, "alpha", reverse=True)] == ["3", "2", "1"]


@pytest.mark.parametrize("key", list(BY_KEY))
def test_every_column_sorts(key: str) -> None:
    assert len(in_order([entry(1), entry(2)], key)) == 2


@pytest.mark.parametrize(
    ("word", "key"), [("flash_bytes", "flash_bytes"), ("Latency-ms", "latency_ms"), ("px", "resolution"), ("size", "flash_bytes")]
)
def test_columns_go_by_other_names_too(word: str, key: str) -> None:
    assert order(key, [2, 3, 1], word) == [1, 2, 3]


def test_an_unknown_column_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r'nothing called "acuracy" to sort by\. Did you mean "accuracy"'):
        in_order([], "acuracy")


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ("flash<=300KiB and arena<=128KiB", [1]),
        ("ram<=128KiB", [1]),
        ("accuracy>=99%", [2, 3]),
        ("alpha==0.5 or title=='Hands 3'", [2, 3]),
        ("latency<1ms", []),
        ("multiply_adds<20M and not technique==qat", [1, 2]),
        ("rho>0.5 and seed==0 and variant==int8 and data=='photos/hands'", [1, 2, 3]),
    ],
)
def test_conditions_keep_the_rows_of_which_they_hold(where: str, numbers: list[int]) -> None:
    entries = [
        entry(1, accuracy=0.9, arena_bytes=128 * 1024),
        entry(2, alpha=0.5, flash_bytes=2**20),
        entry(3, arena_bytes=None, technique="qat"),
    ]
    assert [int(each.id, 16) for each in kept(entries, condition(where))] == numbers


def test_without_a_condition_all_rows_are_kept() -> None:
    assert kept([entry(1)], condition(None)) == [entry(1)]


def test_a_condition_on_what_no_row_has_is_refused() -> None:
    with pytest.raises(ConfigError, match="at character 1"):
        condition("loss<1")
