"""Counts, times and shares as people write them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from builder.errors import ConfigError
from builder.quantities import parse_count, parse_milliseconds, parse_share


@pytest.mark.parametrize(("text", "share"), [("98%", 0.98), ("99.3 %", 0.993), ("0.5", 0.5), ("1", 1.0), ("0", 0.0), ("100%", 1.0)])
def test_a_share_is_read_exactly(text: str, share: float) -> None:
    assert parse_share(text, "accuracy") == share


@pytest.mark.parametrize(("text", "count"), [("7.5M", 7_500_000), ("7,500,000", 7_500_000), ("12k", 12_000), (".5G", 5 * 10**8)])
def test_a_count_is_read(text: str, count: int) -> None:
    assert parse_count(text, "mult-adds") == count


@pytest.mark.parametrize(("text", "milliseconds"), [("50", 50), ("50ms", 50), ("0.05s", 50), ("1.5 ms", 1.5)])
def test_a_time_is_read(text: str, milliseconds: float) -> None:
    assert parse_milliseconds(text) == pytest.approx(milliseconds)


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        *((parse_share, text) for text in ("98", "-1%", "101%", "nan", "much", "", "%")),
        *((parse_count, text) for text in ("0", "-3", "few", "7.5T", "")),
        *((parse_milliseconds, text) for text in ("0", "-5ms", "nan", "soon", "5h", "")),
    ],
)
def test_anything_else_is_refused_by_name(parse: Callable[[str, str], float], text: str) -> None:
    with pytest.raises(ConfigError, match=f"^what must be .*not '{text}'"):
        parse(text, "what")
