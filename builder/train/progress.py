"""What training tells while it runs: a few `step` events a second."""

from __future__ import annotations

import time
from typing import Any

from builder.events import Emit

SECONDS_BETWEEN_STEPS = 0.25


def step_reporter(K: Any, emit: Emit, *, epoch: int, epochs: int, steps: int, batch_size: int) -> Any:
    """A Keras callback that emits `step` events for one epoch.

    Args:
        K: the module `keras` or `tf_keras`.
        emit: told.
        epoch: counts from 1.
        epochs: in all.
        steps: of an epoch.
        batch_size: photos a step.
    """

    class StepReporter(K.callbacks.Callback):  # type: ignore[misc]
        """Speed is measured since the previous event, so that compiling the first step does not spoil it."""

        def __init__(self) -> None:
            super().__init__()
            self.told_at, self.told_step = time.monotonic(), 0

        def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
            now = time.monotonic()
            if now - self.told_at < SECONDS_BETWEEN_STEPS and batch + 1 < steps:
                return
            done = batch + 1
            speed = (done - self.told_step) * batch_size / max(now - self.told_at, 1e-9)
            self.told_at, self.told_step = now, done
            scores = logs or {}
            emit(
                "step",
                epoch=epoch,
                epochs=epochs,
                step=done,
                steps=steps,
                loss=float(scores.get("loss", float("nan"))),
                accuracy=float(scores.get("accuracy", float("nan"))),
                images_per_second=speed,
            )

    return StepReporter()
