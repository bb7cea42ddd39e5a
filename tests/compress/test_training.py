"""The usual loop trains wrapped networks as it trains plain ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tf_keras

from builder.compress import clustering, pruning, qat
from builder.compress.schedule import Schedule
from builder.compress.twin import inner, plain
from builder.config import Training
from builder.model import build, set_momentum
from builder.train import fit
from builder.train.network import is_decayed
from tests.train.stripes import Stripes, short_table

from .conftest import NETWORK, Weights

LAYERS = {"conv1", "conv_pw_1", "conv_pw_2", "conv_preds"}


@pytest.fixture(scope="module")
def all_wrapped(trained: Weights, photos: Stripes) -> dict[str, Any]:
    """A twin in each kind of wrapper."""
    few = [np.asarray(np.sign(value) / 4, np.float32) if value.ndim == 4 else value for value in trained]
    return {
        "pruning": pruning.wrap(plain(NETWORK, trained), LAYERS, Schedule(2, 1e-3, 1, 4), 0.5),
        "clustering": clustering.wrap(plain(NETWORK, trained), LAYERS, 4),
        "qat": qat.wrap(plain(NETWORK, trained), photos.train.images[:32], momentum=0.9),
        "qat of clusters": qat.wrap(plain(NETWORK, few), photos.train.images[:32], momentum=0.9, keep_clusters=True),
    }


def test_only_kernels_decay_nothing_that_a_wrapper_adds(all_wrapped: dict[str, Any]) -> None:
    for model in all_wrapped.values():
        decayed = {value.name.partition(":")[0] for value in model.trainable_variables if is_decayed(value)}
        assert decayed == {f"{name}/kernel" for name in LAYERS}


def test_batch_normalization_inside_wrappers_gets_its_momentum(all_wrapped: dict[str, Any]) -> None:
    for model in all_wrapped.values():
        set_momentum(model, 0.75)
        momenta = [inner(layer).momentum for layer in model.layers if hasattr(inner(layer), "moving_mean")]
        assert momenta == [0.75] * 5


def trained_epochs(photos: Stripes, folder: Path, **options: Any) -> Any:
    """Three epochs that all measure the same: the learning rate is nothing."""
    training = Training(epochs=3, batch_size=32, learning_rate=1e-12)
    model = build(tf_keras, short_table(), seed=2)
    return fit(tf_keras, model, photos, training, augmenter=None, seed=0, folder=folder, **options)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared, so that a checkpoint could be taken up."""
    return tmp_path_factory.mktemp("epochs")


def test_no_epoch_before_the_first_that_may_be_kept_is_kept(photos: Stripes, folders: Path) -> None:
    events: list[dict[str, Any]] = []

    def emit(event: str, /, **values: Any) -> None:
        events.extend([values] if event == "epoch" else [])

    assert trained_epochs(photos, folders, first_kept_epoch=3, emit=emit).best_epoch == 3
    assert [values["best_epoch"] for values in events] == [1, 2, 3]


def test_what_must_be_the_same_decides_over_a_checkpoint(photos: Stripes, folders: Path) -> None:
    assert trained_epochs(photos, folders / "own", same={"sparsity": 0.5}).resumed_after == 0
    assert trained_epochs(photos, folders / "own", same={"sparsity": 0.5}).resumed_after == 3
    assert trained_epochs(photos, folders / "own", same={"sparsity": 0.6}).resumed_after == 0
