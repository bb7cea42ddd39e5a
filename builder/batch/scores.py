"""How far a build's training has come and how well it does, from its folder."""

from __future__ import annotations

from builder.event_log import read_events
from builder.runs import Run


def best_until(run: Run, epochs: int) -> float | None:
    """The best share of validation photos right within some epochs; None where fewer were trained.

    Args:
        run: the build; a finished one has its events, too.
        epochs: how many count.
    """
    reached, best = 0, None
    for event in read_events(run.events_path)[0]:
        if event["event"] != "epoch" or not isinstance(event.get("epoch"), int):
            continue
        reached = max(reached, event["epoch"])
        accuracy = event.get("val_accuracy")
        if event["epoch"] <= epochs and isinstance(accuracy, (int, float)):
            best = accuracy if best is None else max(best, accuracy)
    return best if reached >= epochs else None
