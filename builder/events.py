"""What a build says while it runs. Every reader (terminal, app, events.jsonl) gets the same events.

An event is a name and plain JSON values:

    begin                               a process takes the build on; whatever comes before it was said by an earlier one
    queue     place                     in the queue for a slot: 1 is next, 0 has its slot now; said when it changes
    stage     stage, state              stage is data, train, export, verify or report; state is start, done or reused
    progress  stage, done, total, unit  countable work inside a stage; total may be null, and `whole` may say what all of it is
    step      epoch, epochs, step, steps, loss, accuracy, images_per_second      at most a few a second; epoch counts from 1
    epoch     epoch, epochs, loss, accuracy, val_loss, val_accuracy, learning_rate, seconds, images_per_second,
              best_epoch, best_val_accuracy     of the epoch whose weights would be kept if this one were the last
    note      message                   something the user should know: a choice made, a reason
    warning   message                   something the user should look at
    variant   variant, file, flash_bytes                                         a .tflite was written
    failed    message, exit_code        the build stopped; the same command takes it up again
"""

from __future__ import annotations

from typing import Any, Protocol


class Emit(Protocol):
    """Takes one event; must be quick and must not raise."""

    def __call__(self, event: str, /, **values: Any) -> None: ...


def silent(event: str, /, **values: Any) -> None:
    """An `Emit` that drops everything."""
