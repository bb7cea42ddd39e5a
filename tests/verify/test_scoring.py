"""How many interpreters fit into a child."""

from __future__ import annotations

from typing import Any

from builder.verify.scoring import THREADS_MAX, threads_that_fit


def facts(flash_bytes: int, largest_values: int) -> dict[str, Any]:
    """Of a file of that size, with a tensor of that many values."""
    return {"flash_bytes": flash_bytes, "largest_values": largest_values}


def test_small_networks_use_all_threads() -> None:
    assert threads_that_fit(facts(300_000, 64 * 64 * 16), 8) == 8
    assert threads_that_fit(facts(300_000, 64 * 64 * 16), 1000) == THREADS_MAX


def test_huge_networks_use_one() -> None:
    assert threads_that_fit(facts(70_000_000, 1024 * 1024 * 128), 8) == 1
