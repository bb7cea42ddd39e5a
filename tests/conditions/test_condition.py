"""Conditions: what holds, what is missing, and what a message says of a text that cannot be read."""

from __future__ import annotations

import pytest

from builder.conditions import Condition
from builder.conditions.parser import DEPTH_MAX
from builder.conditions.tokens import LENGTH_MAX
from builder.errors import ConfigError

FILE = {
    "accuracy": 0.98,
    "flash": 300 * 1024,
    "arena": None,
    "latency": 1.5,
    "multiply_adds": 7_500_000,
    "alpha": 0.25,
    "data": "my photos",
    "variant": "int8",
}


def holds(text: str) -> bool:
    return Condition.parse(text).holds(FILE)


@pytest.mark.parametrize(
    "text",
    [
        "accuracy>=0.98",
        "accuracy >= 98%",
        "accuracy==98 %",
        "flash<=300KiB",
        "flash <= 300 KiB",
        "flash==307200",
        "flash>300kB",  # 300,000: a KiB is 1,024
        "flash>=300KB and flash<308KB",
        "flash_bytes==300KiB",
        "multiply_adds==7.5M",
        "mult-adds<=7,500,000",
        "latency<=1.5ms",
        "latency==0.0015s",
        "latency_ms<2",
        "alpha!=0.5",
        "Alpha==0.25",
        "variant==int8",
        "variant!=int8_micro",
        'data=="my photos"',
        "data=='my photos'",
        "flash>0",
    ],
)
def test_true_of_the_file(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text", ["accuracy>98%", "flash<300KiB", "flash<=300KB", "alpha==0.5", "variant==int", "data=='My photos'", "latency>2ms"]
)
def test_false_of_the_file(text: str) -> None:
    assert not holds(text)
    assert holds(f"not {text}")


@pytest.mark.parametrize("sign", [">=", "<=", ">", "<", "==", "!="])
def test_a_missing_value_satisfies_no_comparison_and_no_contrary(sign: str) -> None:
    assert not holds(f"arena{sign}128KiB")
    assert not holds(f"not arena{sign}128KiB")
    assert not Condition.parse(f"gzip{sign}128KiB").holds(FILE)  # not even a key


def test_a_missing_value_does_not_spoil_what_is_decided_without_it() -> None:
    assert holds("arena<=128KiB or alpha==0.25")
    assert not holds("arena<=128KiB or alpha==0.5")
    assert holds("not (arena<=128KiB and alpha==0.5)")


def test_not_a_number_is_missing() -> None:
    assert not Condition.parse("accuracy!=0.5").holds({"accuracy": float("nan")})


def test_and_binds_closer_than_or_and_not_closer_than_and() -> None:
    true, false = "alpha==0.25", "alpha==1"
    assert holds(f"{true} or {false} and {false}")
    assert not holds(f"({true} or {false}) and {false}")
    assert not holds(f"not {true} and {true}")
    assert holds(f"not ({true} and {false})")
    assert holds(f"NOT {false} AND {true}")


def test_records_with_units_in_their_names_are_read() -> None:
    condition = Condition.parse("flash<=300KiB and arena<=128KiB and latency<2ms")
    assert condition.holds({"flash_bytes": 307_200, "arena_bytes": 131_072, "latency_ms": 1.9})
    assert not condition.holds({"flash_bytes": 307_201, "arena_bytes": 131_072, "latency_ms": 1.9})


def test_names_and_text_are_told() -> None:
    condition = Condition.parse(" flash<1MB or accuracy>=0.5 and flash_bytes>1kB ")
    assert condition.text == "flash<1MB or accuracy>=0.5 and flash_bytes>1kB"
    assert condition.names == ("accuracy", "flash")


def test_names_of_a_batch_are_compared_as_what_they_are() -> None:
    condition = Condition.parse("training.epochs>=10 and init==imagenet", known=["training.epochs", "init"])
    assert condition.holds({"training.epochs": 10, "init": "imagenet"})
    assert not condition.holds({"training.epochs": 9, "init": "imagenet"})
    assert not condition.holds({"training.epochs": "many", "init": "imagenet"})


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("flsh<3", 1, 'found .flsh.. Did you mean "flash"'),
        ("accuracy=0.9", 9, "expected ==, found"),
        ("accuracy!0.9", 9, "expected != or `not`"),
        ("accuracy>0.9 flash<3", 14, "expected `and`, `or` or the end, found 'flash'"),
        ("accuracy>0.9 && flash<3", 14, "expected `and`, `or` or the end, found '&&'"),
        ("accuracy>0.9 and", 17, "found the end"),
        ("(accuracy>0.9", 14, "of the `.` at character 1, found the end"),
        ("accuracy>0.9)", 13, "found '\\)'"),
        ("accuracy>=", 11, "a value of accuracy, found the end"),
        ("accuracy 0.9", 10, "one of >= <= > < == !="),
        ("accuracy>=98", 11, "98%"),
        ("accuracy>=high", 11, "'high'"),
        ("flash<=300K", 8, "kB .powers of 1,000. or KiB"),
        ("flash<=some", 8, "'some'"),
        ("latency<soon", 9, "a time above zero"),
        ("parameters<few", 12, "a number above zero"),
        ("alpha<wide", 7, "must be a number"),
        ("alpha<nan", 7, "must be a number"),
        ("title<b", 6, "== or !=, since title is text"),
        ("data=='x", 7, "the same quote again"),
        ("data==and", 7, "in quotes"),
        ("0.9<=accuracy", 1, "a name"),
        ("'accuracy'>0.9", 1, "a name"),
        ("__import__('os')", 1, "a name"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, place: int, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        Condition.parse(text)
    assert f"at character {place}:" in str(caught.value)


def test_names_are_those_that_are_known() -> None:
    with pytest.raises(ConfigError, match=r"one of accuracy, flash\)"):
        Condition.parse("alpha==1", known=["accuracy", "flash_bytes"])


def test_an_empty_condition_is_refused() -> None:
    with pytest.raises(ConfigError, match="empty"):
        Condition.parse("  ")


def test_length_and_depth_are_bounded() -> None:
    assert holds("(" * DEPTH_MAX + "alpha==0.25" + ")" * DEPTH_MAX)
    for deep in ("(" * (DEPTH_MAX + 1) + "alpha==0.25" + ")" * (DEPTH_MAX + 1), "not " * (DEPTH_MAX + 1) + "alpha==0.25"):
        with pytest.raises(ConfigError, match=f"at most {DEPTH_MAX}"):
            Condition.parse(deep)
    assert holds(" or ".join(["alpha==0.25"] * 100))
    with pytest.raises(ConfigError, match=f"{LENGTH_MAX:,} characters"):
        Condition.parse("alpha==0.25".ljust(LENGTH_MAX + 1))
