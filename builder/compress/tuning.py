"""One fine-tune with one technique: the twin is wrapped, trained by the usual loop, and unwrapped."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import tf_keras
from numpy.typing import NDArray

from builder.architecture import Network
from builder.compress import clustering, pruning, qat
from builder.compress.kept import LayerKept, kept_in_weights
from builder.compress.schedule import Schedule, schedule
from builder.compress.selection import Skipped, check, chosen, skipped
from builder.compress.settings import Compression
from builder.compress.techniques import Technique
from builder.compress.twin import Weights, plain, weights_of
from builder.config import Training
from builder.events import Emit, silent
from builder.export.calibration import sample
from builder.train import FitResult, fit
from builder.train.batches import Augment
from builder.train.checkpoint import EpochRecord
from builder.train.recipe import recipe

RANGE_PHOTOS = 256  # from which the ranges of activations start


@dataclass(frozen=True, slots=True)
class Tuned:
    """A tuned network.

    Args:
        technique: what was done.
        weights: of a plain twin, float32, in the order of `get_weights()`; techniques that follow start from them.
        model: a plain twin, or one that knows its ranges.
        quantized: whether it is the latter: `integer.quantized_files` converts it. A plain twin goes through the usual
            quantization after training, as do the other variants of any technique, from `weights`.
        skipped: layers that the technique left alone.
        kept: wanted and found, layer by layer, in `weights`; for the bytes of a file there is `kept.kept_in_file`.
        best_epoch: the epoch whose weights these are, from 1.
        epochs: how many were trained.
        seconds: how long it took in this process.
        history: a record for each epoch.
        resumed_after: epochs that an earlier, interrupted run had done already.
    """

    technique: Technique
    weights: Weights = field(repr=False)
    model: Any = field(repr=False)
    quantized: bool
    skipped: tuple[Skipped, ...]
    kept: tuple[LayerKept, ...]
    best_epoch: int
    epochs: int
    seconds: float
    history: tuple[EpochRecord, ...]
    resumed_after: int


def tune(
    technique: Technique,
    network: Network,
    weights: Sequence[NDArray[np.float32]],
    dataset: Any,
    compression: Compression,
    *,
    training: Training = Training(),  # noqa: B008 (frozen)
    augmenter: Augment | None,
    seed: int,
    folder: Path,
    emit: Emit = silent,
) -> Tuned:
    """Tunes trained weights with a technique.

    The same arguments give the same weights on a CPU, also when a run was killed in between and started again.

    Args:
        technique: from `TECHNIQUES`.
        network: what the weights are of.
        weights: those of `technique.after`, or the build's; float32 in the order of `get_weights()` of either twin.
        dataset: photos in splits; only `train` and `validation` are looked at.
        compression: how much, how long, how fast.
        training: the build's settings; weight decay, warm-up, label smoothing and class weights are taken from it.
        augmenter: changes training photos as in the build; None leaves them.
        seed: seeds the order of photos.
        folder: where the checkpoint of this technique is kept, and of no other one.
        emit: told `step`, `epoch`, `note` and `warning`.

    Returns:
        The tuned weights, the model to convert, and what was kept.

    Raises:
        ConfigError: too few clusters to keep zeros, a loss that is no number any more, or not even one photo fits into memory.
        Interrupted: Ctrl-C; the same call goes on after the last whole epoch.
        StorageError: the checkpoint cannot be written.
    """
    began = time.monotonic()
    check(technique, compression)
    tf_keras.utils.set_random_seed(seed)
    plan = schedule(technique, compression, len(dataset.train.labels))
    tuning = training_of(training, compression, plan)
    momentum = recipe(tuning, len(dataset.train.labels), warm=True).momentum
    photos = sample(dataset.train, seed=seed, photos_max=RANGE_PHOTOS)
    selected = chosen(technique, technique.step, network, compression)
    wrapped = wrap(technique, plain(network, weights), selected, photos, compression, plan, momentum)
    fitted = fit(
        tf_keras,
        wrapped,
        dataset,
        tuning,
        augmenter=augmenter,
        seed=seed,
        folder=folder,
        emit=emit,
        warm=True,
        callbacks=pruning.callbacks() if plan.last_round else (),
        first_kept_epoch=plan.first_kept_epoch,
        same={"technique": technique.name, "compression": compression.model_dump(mode="json"), "start": digest(weights)},
    )
    return unwrapped(technique, network, weights, photos, compression, wrapped, fitted, seed, began)


def training_of(training: Training, compression: Compression, plan: Schedule) -> Training:
    """The build's way to train, as long and as fast as tuning takes; it never ends early, since pruning must reach its target."""
    return Training(
        epochs=plan.epochs,
        batch_size=compression.batch_size,
        learning_rate=plan.learning_rate,
        weight_decay=training.weight_decay,
        warmup_share=training.warmup_share,
        label_smoothing=training.label_smoothing,
        class_weights=training.class_weights,
        patience=plan.epochs,
        dtype="float32",
    )


def wrap(
    technique: Technique,
    model: Any,
    layers: Set[str],
    photos: NDArray[np.uint8],
    compression: Compression,
    plan: Schedule,
    momentum: float,
) -> Any:
    """The plain twin in the wrappers of a technique's last step."""
    if technique.step == "prune":
        return pruning.wrap(model, layers, plan, compression.sparsity)
    if technique.step == "prune_2_4":
        return pruning.wrap_groups(model, layers, plan)
    if technique.step == "cluster":
        return clustering.wrap(model, layers, compression.clusters, keep_zeros=technique.keeps_zeros)
    return qat.wrap(model, photos, momentum=momentum, keep_zeros=technique.keeps_zeros, keep_clusters=technique.keeps_clusters)


def unwrapped(
    technique: Technique,
    network: Network,
    start: Sequence[NDArray[np.float32]],
    photos: NDArray[np.uint8],
    compression: Compression,
    wrapped: Any,
    fitted: FitResult,
    seed: int,
    began: float,
) -> Tuned:
    """The tuned network without the wrappers that only training needs."""
    shared_values = compression.clusters if "cluster" in technique.steps else 0
    if technique.step == "cluster":
        clustering.settle(wrapped)
    if technique.step == "qat":
        qat.settle(wrapped, zeros=zeros_of(network, start) if technique.keeps_zeros else None, shared_values=shared_values)
    weights = weights_of(wrapped, network)
    model = wrapped if technique.step == "qat" else plain(network, weights)
    if technique.step == "cluster":
        model = qat.wrap(model, photos, momentum=qat.ADAPT_MOMENTUM, keep_zeros=technique.keeps_zeros, keep_clusters=True)
        qat.adapt(model, np.random.default_rng(seed).permutation(photos))
        qat.settle(model, shared_values=shared_values)
    return Tuned(
        technique=technique,
        weights=weights,
        model=model,
        quantized=technique.quantized,
        skipped=skipped(technique, network, compression),
        kept=kept_in_weights(technique, network, compression, weights),
        best_epoch=fitted.best_epoch,
        epochs=len(fitted.history),
        seconds=time.monotonic() - began,
        history=fitted.history,
        resumed_after=fitted.resumed_after,
    )


def zeros_of(network: Network, weights: Sequence[NDArray[np.float32]]) -> dict[str, NDArray[np.bool_]]:
    """Where the kernels that can be pruned are zero, by the names of their variables."""
    variables = plain(network, weights).weights
    return {
        variable.name: value == 0 for variable, value in zip(variables, weights, strict=True) if variable.name.endswith("/kernel:0")
    }


def digest(weights: Sequence[NDArray[np.float32]]) -> str:
    """Tells starts apart: a checkpoint is of no use to a tuning that starts from other weights."""
    hashed = hashlib.sha256()
    for value in weights:
        hashed.update(np.ascontiguousarray(value, np.float32).tobytes())
    return hashed.hexdigest()[:16]
