"""How far a build's training has come and how well it does, from its folder."""

from __future__ import annotations

from builder.event_log import read_events
from builder.runs import Run


def best_by_epoch(run: Run) -> list[float]:
    """The best share of validation photos right so far, after each whole epoch; empty where none was trained or told."""
    accuracies: dict[int, float] = {}
    for event in read_events(run.events_path)[0]:
        epoch, accuracy = event.get("epoch"), event.get("val_accuracy")
        if event["event"] == "epoch" and isinstance(epoch, int) and isinstance(accuracy, (int, float)):
            accuracies[epoch] = accuracy  # an epoch that is trained again counts as it was trained last
    best: list[float] = []
    for epoch in range(1, len(accuracies) + 1):
        if epoch not in accuracies:
            break
        best.append(max(accuracies[epoch], best[-1] if best else 0.0))
    return best


def best_until(run: Run, epochs: int) -> float | None:
    """The best share of validation photos right within some epochs; None where fewer were trained.

    Args:
        run: the build; a finished one has its events, too.
        epochs: how many count.
    """
    best = best_by_epoch(run)
    return best[epochs - 1] if 0 < epochs <= len(best) else None
