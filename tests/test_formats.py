"""Figures as people read them."""

from __future__ import annotations

import pytest

from builder import formats


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (244_880, "239.1 KiB"), (1_048_570, "1.0 MiB"), (3 * 1024**3, "3.0 GiB")],
)
def test_sizes_count_kib_as_1024(count: int, text: str) -> None:
    assert formats.format_bytes(count) == text


@pytest.mark.parametrize(("count", "text"), [(300_000_000, "300 MB"), (2_500_000_000, "2,500 MB"), (2000, "0.002 MB")])
def test_limits_count_as_browsers_do(count: int, text: str) -> None:
    assert formats.format_megabytes(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(2062, "2,062"), (221_264, "221,264"), (7_489_664, "7.49 M"), (568_740_352, "568.74 M"), (4_867_293_184, "4.87 G")],
)
def test_counts_are_exact_below_a_million(count: int, text: str) -> None:
    assert formats.format_count(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.32, "320 ms"),
        (0.9999, "1.0 s"),
        (4.24, "4.2 s"),
        (9.96, "10 s"),
        (59.7, "1 min"),
        (200, "3 min 20 s"),
        (2 * 3600 + 5 * 60 + 59, "2 h 5 min"),
        (3 * 86_400 + 4 * 3600, "3 d 4 h"),
        (-1, "0 ms"),
    ],
)
def test_durations_use_two_units(seconds: float, text: str) -> None:
    assert formats.format_duration(seconds) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.9893, "98.9 %"), (1.0, "100.0 %"), (0.9999, "99.9 %"), (0.0, "0.0 %"), (1e-6, "0.1 %")]
)
def test_only_a_whole_is_a_hundred_percent(share: float, text: str) -> None:
    assert formats.format_percent(share) == text


@pytest.mark.parametrize(("difference", "text"), [(-0.0031, "−0.3"), (0.002, "+0.2"), (-0.0001, "0.0"), (0.0, "0.0")])
def test_points_have_a_sign_unless_they_round_to_nothing(difference: float, text: str) -> None:
    assert formats.format_points(difference) == text


@pytest.mark.parametrize(
    ("milliseconds", "text"), [(0.412, "0.41 ms"), (3.416, "3.42 ms"), (12.34, "12.3 ms"), (128.4, "128 ms"), (14_612, "14.6 s")]
)
def test_latencies_keep_three_digits(milliseconds: float, text: str) -> None:
    assert formats.format_latency(milliseconds) == text


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_what_was_not_measured_is_a_dash(value: float | None) -> None:
    shown = {
        function(value)
        for function in (
            formats.format_bytes,
            formats.format_count,
            formats.format_duration,
            formats.format_percent,
            formats.format_points,
            formats.format_latency,
            formats.format_rate,
            formats.format_loss,
        )
    }
    assert shown == {"–"}


def test_a_name_cannot_steer_the_terminal_or_reorder_a_line() -> None:
    assert formats.printable("a\x1b[31mred\u202egpj\nnext") == "a\ufffd[31mred\ufffdgpj next"


def test_emoji_stay_whole() -> None:
    family = "👩\u200d👧"
    assert formats.printable(family) == family


def test_a_long_name_keeps_both_ends() -> None:
    short = formats.printable("start" + "x" * 500 + "end.jpg", limit=40)
    assert (len(short), short[:5], short[-7:]) == (40, "start", "end.jpg")


def test_a_noun_stands_in_the_number_of_its_count() -> None:
    assert [formats.counted(count, "epoch") for count in (0, 1, 2, 1200)] == ["0 epochs", "1 epoch", "2 epochs", "1,200 epochs"]
    assert formats.counted(1, "photo was", "photos were") == "1 photo was"
    assert formats.counted(3, "photo was", "photos were") == "3 photos were"
