"""The loop: epoch by epoch, checkpointed, resumed, stopped when it stops helping."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from builder.config import Training
from builder.errors import ConfigError, Interrupted
from builder.events import Emit, silent
from builder.formats import format_percent
from builder.train import checkpoint as checkpoints
from builder.train.batches import Augment, Feed, Photos, class_weights
from builder.train.checkpoint import Checkpoint, EpochRecord
from builder.train.choice import best_of
from builder.train.compiled import compiled, forget
from builder.train.delivery import delivered
from builder.train.devices import Devices, data_parallel, find_devices, is_out_of_memory
from builder.train.network import TrainingNetwork
from builder.train.progress import step_reporter
from builder.train.recipe import Recipe, fitting_batch, recipe, with_batch_size


class Data(Protocol):
    """What training needs of a dataset."""

    @property
    def classes(self) -> Sequence[str]: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def train(self) -> Photos: ...
    @property
    def validation(self) -> Photos: ...


@dataclass(frozen=True, slots=True)
class FitResult:
    """How a training went; the model holds the weights of the best epoch.

    Args:
        history: a record for each epoch that was trained.
        best_epoch: the epoch whose weights were kept, from 1; 0 when there was none.
        recipe: the numbers that were used.
        devices: where it ran and in which precision.
        images_per_second: median over the epochs, validation left out; 0 when there was none.
        stopped_early: validation got no better for `recipe.patience` epochs.
        resumed_after: epochs that an earlier, interrupted run had done already.
    """

    history: tuple[EpochRecord, ...]
    best_epoch: int
    recipe: Recipe
    devices: Devices
    images_per_second: float
    stopped_early: bool
    resumed_after: int

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def fit(
    K: Any,
    model: Any,
    dataset: Data,
    training: Training,
    *,
    augmenter: Augment | None,
    seed: int,
    folder: Path,
    emit: Emit = silent,
    warm: bool = False,
    callbacks: Iterable[Any] = (),
    first_kept_epoch: int = 1,
    same: Mapping[str, Any] | None = None,
) -> FitResult:
    """Trains a model and leaves the weights of its best epoch in it.

    The same arguments give the same weights on a CPU, also when a run was killed in between and started again: it goes on after
    the last whole epoch. When the device's memory runs out, the batch is halved and training goes on from there.

    Args:
        K: the module `keras` or `tf_keras` that made the model.
        model: float32 (N, H, W, C) in [-1, 1] to class scores (N, classes), with the weights to start from.
        dataset: photos in splits; only `train` and `validation` are looked at.
        training: settings; `None` values are derived.
        augmenter: changes training photos, depending on (seed, epoch, photo) only; None leaves them.
        seed: seeds the order of photos.
        folder: where `checkpoint.npz` is kept.
        emit: told `step`, `epoch`, `note` and `warning`.
        warm: the model starts from trained weights.
        callbacks: more Keras callbacks, such as a pruning schedule's.
        first_kept_epoch: earlier epochs are not kept, however good: pruning has not reached its target in them yet.
        same: JSON values that must also be the same for an earlier run's checkpoint to be taken up.

    Returns:
        History, best epoch and the numbers that were used.

    Raises:
        ConfigError: the loss is no number any more, or not even one photo fits into memory.
        Interrupted: Ctrl-C; the model holds the best weights so far.
        StorageError: the checkpoint cannot be written.
    """
    devices = find_devices(K, training.dtype)
    photos = len(dataset.train.labels)
    plan = recipe(training, photos, warm=warm, devices=devices.count)
    if plan.epochs == 0:
        return FitResult((), 0, plan, devices, 0.0, stopped_early=False, resumed_after=0)
    key = key_of(K, model, dataset, training, augmenter, seed, warm) | dict(same or {})
    start = model.get_weights()
    while True:
        found = checkpoints.load(folder, key)
        if found is not None and found.batch_size != plan.batch_size:
            plan = with_batch_size(plan, found.batch_size, photos, training.warmup_share)
        run = Run(
            K, model, dataset, training, augmenter, seed, folder, emit, tuple(callbacks), devices, plan, key, first_kept_epoch
        )
        try:
            return run.go(start, found)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        forget()
        smaller = fitting_batch(plan.batch_size // 2, photos, devices.count)
        if smaller >= plan.batch_size:
            raise ConfigError(
                f"Not even {plan.batch_size} photos at a time fit into memory at {model.input_shape[1]} px. Choose a smaller "
                "resolution or alpha, or close other programs that use the device."
            )
        emit("note", message=f"Memory ran out with {plan.batch_size} photos at a time; going on with {smaller}.")
        plan = with_batch_size(plan, smaller, photos, training.warmup_share)
        if found is not None or (found := checkpoints.load(folder, key)) is not None:
            checkpoints.save(folder, replace(found, batch_size=smaller))


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt with one batch size."""

    K: Any
    model: Any
    dataset: Data
    training: Training
    augmenter: Augment | None
    seed: int
    folder: Path
    emit: Emit
    callbacks: tuple[Any, ...]
    devices: Devices
    plan: Recipe
    key: dict[str, Any]
    first_kept_epoch: int = 1

    def go(self, start: list[Any], found: Checkpoint | None) -> FitResult:
        """Trains from the start weights or from a checkpoint to the end."""
        history = list(found.history) if found else []
        best = found.best if found else start
        try:
            if found is None or not found.finished:
                self.model.set_weights(start)
                if self.devices.count > 1:
                    names = ", ".join(self.devices.accelerators)
                    self.emit("note", message=f"Each batch is shared by {self.devices.count} devices: {names}.")
                with compiled(self.K, self.model, self.training, self.plan, self.devices) as network:
                    if found:
                        network.restore(found.weights, found.optimizer, len(history) * self.plan.steps_per_epoch)
                        self.emit("note", message=f"Going on after epoch {len(history)} of {self.plan.epochs}.")
                    for saved in self.epochs(network, history, best):
                        best = saved.best
        except KeyboardInterrupt:
            kept = checkpoints.load(self.folder, self.key)
            self.model.set_weights(kept.best if kept else start)
            raise Interrupted(self.farewell(kept.history if kept else ())) from None
        self.model.set_weights(best)
        return FitResult(
            history=tuple(history),
            best_epoch=self.best_of(history).epoch,
            recipe=self.plan,
            devices=self.devices,
            images_per_second=statistics.median(record.images_per_second for record in history),
            stopped_early=len(history) < self.plan.epochs,
            resumed_after=len(found.history) if found else 0,
        )

    def epochs(self, network: TrainingNetwork, history: list[EpochRecord], best: list[Any]) -> Iterable[Checkpoint]:
        """Trains the epochs that are left, one checkpoint each."""
        labels, classes = self.dataset.train.labels, len(self.dataset.classes)
        weights = class_weights(labels, classes) if self.training.class_weights else None
        feed = Feed(self.dataset.train, classes, self.plan.batch_size, self.seed, self.augmenter, weights)
        # TensorFlow's mirrored devices fail on shares of unequal size; on JAX each device measures for itself.
        devices = self.devices.count if self.devices.backend == "tensorflow" else 1
        at_once = fitting_batch(self.plan.batch_size, len(self.dataset.validation.labels), devices)
        measured = Feed(self.dataset.validation, classes, at_once, multiple_of=devices)
        for epoch in range(len(history) + 1, self.plan.epochs + 1):
            record = self.epoch(network, feed, measured, epoch)
            history.append(record)
            if self.best_of(history) is record:
                best = network.weights()
            finished = epoch == self.plan.epochs or epoch - self.best_of(history).epoch >= self.plan.patience
            saved = Checkpoint(
                key=self.key,
                batch_size=self.plan.batch_size,
                weights=network.weights(),
                optimizer=network.optimizer_values(),
                best=best,
                history=tuple(history),
                finished=finished,
            )
            checkpoints.save(self.folder, saved)
            kept = {"best_epoch": self.best_of(history).epoch, "best_val_accuracy": self.best_of(history).val_accuracy}
            self.emit("epoch", epochs=self.plan.epochs, **asdict(record), **kept)
            yield saved
            if finished and epoch < self.plan.epochs:
                self.emit("note", message=f"Stopped after epoch {epoch}: no better for {self.plan.patience} epochs.")
            if finished:
                return

    def epoch(self, network: TrainingNetwork, feed: Feed, measured: Feed, epoch: int) -> EpochRecord:
        """One pass over the training photos, then one over the validation photos."""
        plan = self.plan
        reporter = step_reporter(
            self.K, self.emit, epoch=epoch, epochs=plan.epochs, steps=plan.steps_per_epoch, batch_size=plan.batch_size
        )
        began = time.monotonic()
        with data_parallel(self.K, self.devices):
            logs = network.whole.fit(
                delivered(self.devices, feed, epoch),
                steps_per_epoch=plan.steps_per_epoch,
                shuffle=False,
                initial_epoch=epoch - 1,
                epochs=epoch,
                verbose=0,
                callbacks=[reporter, *self.callbacks],
            ).history
        trained = time.monotonic() - began
        loss = float(logs["loss"][-1])
        if not math.isfinite(loss):
            raise ConfigError(
                f"The loss became {loss} in epoch {epoch}: the learning rate {plan.learning_rate:g} is too high. "
                "Lower training.learning_rate, or leave it out."
            )
        scores = network.whole.evaluate(delivered(self.devices, measured, None), steps=measured.steps, verbose=0, return_dict=True)
        return EpochRecord(
            epoch=epoch,
            loss=loss,
            accuracy=float(logs["accuracy"][-1]),
            val_loss=float(scores["loss"]),
            val_accuracy=float(scores["accuracy"]),
            learning_rate=plan.learning_rate_at(epoch * plan.steps_per_epoch),
            seconds=time.monotonic() - began,
            images_per_second=plan.steps_per_epoch * plan.batch_size / trained,
        )

    def best_of(self, history: Sequence[EpochRecord]) -> EpochRecord:
        """The epoch whose weights are kept; the last one as long as none may be kept."""
        return best_of(history[self.first_kept_epoch - 1 :] or history[-1:], len(self.dataset.validation.labels))

    def farewell(self, history: Sequence[EpochRecord]) -> str:
        """What Ctrl-C leaves behind."""
        again = "Run the same command again to go on."
        if not history:
            return f"Stopped before the first epoch was whole: nothing to keep. {again}"
        best = self.best_of(history)
        return (
            f"Stopped after {len(history)} of {self.plan.epochs} epochs. The best so far, epoch {best.epoch} with "
            f"{format_percent(best.val_accuracy)} of the validation photos right, is kept in "
            f"{self.folder / checkpoints.FILE_NAME}. {again}"
        )


def key_of(
    K: Any, model: Any, dataset: Data, training: Training, augmenter: Augment | None, seed: int, warm: bool
) -> dict[str, Any]:
    """What two runs must share for one to take up the other's state."""
    return {
        "keras": K.__name__,
        "weights": [list(value.shape) for value in model.get_weights()],
        "photos": dataset.fingerprint,
        "training": training.model_dump(mode="json"),
        "augmentation": [str(getattr(augmenter, name, "")) for name in ("strength", "mirror", "seed")],
        "seed": seed,
        "warm": warm,
    }
