"""What training tells while it runs, without making the device wait."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import keras
import pytest

from builder.train import progress

NOT_WAITING = """
import keras
from builder.events import silent
from builder.train.progress import step_reporter
reporter = step_reporter(keras, silent, epoch=1, epochs=1, steps=1, batch_size=1)
assert keras.callbacks.CallbackList([reporter])._async_train
"""


class Log:
    """Keeps step events, and on which thread they were told."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []
        self.threads: set[int] = set()

    def __call__(self, event: str, /, **values: Any) -> None:
        assert event == "step"
        self.steps.append(values)
        self.threads.add(threading.get_ident())


def test_keras_on_jax_does_not_wait_for_the_device_after_each_step() -> None:
    """On a GPU that wait left the device idle between steps; only Keras's own list of callbacks knows whether it waits."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", NOT_WAITING],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_steps_that_end_on_other_threads_are_told_by_the_training_one_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_STEPS", 0)
    log = Log()
    reporter = progress.step_reporter(keras, log, epoch=2, epochs=3, steps=4, batch_size=8)
    for batch in (1, 0, 2):  # the thread of the second step overtakes that of the first
        ended = threading.Thread(target=reporter.on_train_batch_end, args=(batch, {"loss": float(batch), "accuracy": 0.5}))
        ended.start()
        ended.join()
        reporter.on_train_batch_begin(batch + 1)
    reporter.on_epoch_end(1, {"loss": 0.25, "accuracy": 1.0})
    assert [(values["step"], values["loss"]) for values in log.steps] == [(2, 1.0), (3, 2.0), (4, 0.25)]
    assert log.threads == {threading.get_ident()}
    assert all(values["images_per_second"] > 0 for values in log.steps)
