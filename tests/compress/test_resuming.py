"""A killed fine-tune ends with the same weights as one that nothing happened to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .conftest import COMPRESSION, Workshop


class Killed(Exception):
    """Stands for kill -9: nothing after it runs, the files stay."""


def killed_in_epoch_2(event: str, /, **values: Any) -> None:
    """An `Emit` that ends the run in the middle."""
    if event == "step" and values["epoch"] == 2:
        raise Killed


@pytest.mark.parametrize("name", ["pruned", "qat", pytest.param("pruned_clustered_qat", marks=pytest.mark.slow)])
def test_killed_in_an_epoch_goes_on_to_the_same_weights(name: str, tuned: Workshop, tmp_path: Path) -> None:
    undisturbed = tuned(name)
    with pytest.raises(Killed):
        tuned.tune(name, tmp_path, killed_in_epoch_2)
    resumed = tuned.tune(name, tmp_path)
    assert resumed.resumed_after == 1
    assert [record.val_loss for record in resumed.history] == [record.val_loss for record in undisturbed.history]
    for left, right in zip(resumed.weights, undisturbed.weights, strict=True):
        np.testing.assert_array_equal(left, right)
    for left, right in zip(resumed.model.get_weights(), undisturbed.model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_what_is_done_is_not_done_again(tuned: Workshop) -> None:
    tuned("qat")
    again = tuned.tune("qat", tuned.folder / "qat")
    assert again.resumed_after == COMPRESSION.epochs
    for left, right in zip(again.weights, tuned("qat").weights, strict=True):
        np.testing.assert_array_equal(left, right)


def test_a_checkpoint_of_another_start_or_other_settings_is_not_taken_up(
    tuned: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []

    def fit(*_: Any, same: Any, **__: Any) -> None:
        told.append(same)
        raise Killed

    monkeypatch.setattr("builder.compress.tuning.fit", fit)
    more_zeros = COMPRESSION.model_copy(update={"sparsity": 0.75})
    for name, compression, factor in (
        ("pruned", COMPRESSION, 1),
        ("pruned", COMPRESSION, 1),
        ("pruned_2_4", COMPRESSION, 1),
        ("pruned", more_zeros, 1),
        ("pruned", COMPRESSION, 1.001),
    ):
        monkeypatch.setattr(tuned, "trained", [value * np.float32(factor) for value in tuned.trained])
        with pytest.raises(Killed):
            tuned.tune(name, tmp_path, compression=compression)
    assert told[0] == told[1]
    assert all(told[0] != other for other in told[2:])
