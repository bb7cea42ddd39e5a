"""A worker of a Ray cluster as the driver knows it, and how it was lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from builder.batch.cluster import Node, one_line


@dataclass(slots=True)
class Hand:
    """A worker as the driver knows it.

    Args:
        number: of the worker.
        actor: Ray's.
        hearing: Ray's promise of what it will say next.
        seen: number of the last event that has arrived.
        node: Ray's name of its node; empty as long as it has not been placed.
        host: the node's own name.
        unfit: its node cannot be used; it stays there, so that Ray places no other one in the same room.
        unreached_since: when Ray began not to reach it; 0 where it does.
    """

    number: int
    actor: Any
    hearing: Any
    seen: int = 0
    node: str = ""
    host: str = ""
    ready: bool = False
    unfit: bool = False
    task: int | None = None
    unreached_since: float = 0.0


def is_gone(hand: Hand, living: list[Node]) -> bool:
    """Whether the node of a worker has left the cluster."""
    return bool(hand.node) and hand.node not in {node.id for node in living}


def how_it_was_lost(hand: Hand, error: Exception, living: list[Node]) -> str:
    """What to tell people about a worker that Ray has lost."""
    text = str(error)
    if "No module named 'builder" in text:
        return "A node has no builder: install this very builder on every node, with the extra ray."
    if not hand.node:
        return f"A worker could not be started: {one_line(text)}"
    if is_gone(hand, living):
        return f"{hand.host} is gone from the cluster, and with it what was built there so far."
    return f"Ray has lost a worker on {hand.host}: {one_line(text)}"
