"""What training tells while it runs: a few `step` events a second."""

from __future__ import annotations

import threading
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
        """Speed is measured since the previous event, so that compiling the first step does not spoil it.

        Keras waits for the device after each step when a callback wants to see its end, unless that callback is safe on other
        threads; so those only note what a finished step gave, and the training's own thread tells it.
        """

        async_safe = True

        def __init__(self) -> None:
            super().__init__()
            self.told_at, self.told_step = time.monotonic(), 0
            self.seen: tuple[int, dict[str, Any]] = (0, {})
            self.seeing = threading.Lock()

        def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
            with self.seeing:
                if batch + 1 > self.seen[0]:  # threads may overtake each other
                    self.seen = (batch + 1, logs or {})

        def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
            if time.monotonic() - self.told_at >= SECONDS_BETWEEN_STEPS:
                self.tell(*self.seen)

        def on_epoch_end(self, number: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
            self.tell(steps, logs or {})

        def tell(self, done: int, scores: dict[str, Any]) -> None:
            """Emits the event of a finished step, unless one was told that was as far."""
            if done <= self.told_step:
                return
            now = time.monotonic()
            speed = (done - self.told_step) * batch_size / max(now - self.told_at, 1e-9)
            self.told_at, self.told_step = now, done
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
