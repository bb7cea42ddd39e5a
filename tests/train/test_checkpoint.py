"""The state of a training on disk: whole or not there."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builder.errors import StorageError
from builder.train.checkpoint import FILE_NAME, Checkpoint, EpochRecord, load, save
from builder.train.choice import best_of, standard_error

RECORD = EpochRecord(
    1, loss=1.5, accuracy=0.5, val_loss=1.25, val_accuracy=0.625, learning_rate=1e-3, seconds=2.0, images_per_second=9.5
)
STATE = Checkpoint(
    key={"seed": 1},
    batch_size=16,
    weights=[np.arange(4.0, dtype=np.float32), np.eye(2, dtype=np.float32)],
    optimizer=[np.array(7, np.int64)],
    best=[np.zeros(4, np.float32), np.ones((2, 2), np.float32)],
    history=(RECORD,),
)


def test_comes_back_as_it_was(tmp_path: Path) -> None:
    save(tmp_path / "new folder", STATE)
    found = load(tmp_path / "new folder", {"seed": 1})
    assert found is not None
    assert (found.history, found.batch_size, found.finished) == ((RECORD,), 16, False)
    for part in ("weights", "optimizer", "best"):
        for left, right in zip(getattr(found, part), getattr(STATE, part), strict=True):
            np.testing.assert_array_equal(left, right)
            assert left.dtype == right.dtype


def test_another_training_does_not_take_it_up(tmp_path: Path) -> None:
    save(tmp_path, STATE)
    assert load(tmp_path, {"seed": 2}) is None


def test_none_where_there_is_none(tmp_path: Path) -> None:
    assert load(tmp_path, {}) is None


@pytest.mark.parametrize("share", [0, 0.3, 0.9, 0.999])
def test_half_a_file_is_none(tmp_path: Path, share: float) -> None:
    path = save(tmp_path, STATE)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert load(tmp_path, {"seed": 1}) is None


def test_a_flipped_bit_is_none(tmp_path: Path) -> None:
    path = save(tmp_path, STATE)
    content = bytearray(path.read_bytes())
    content[content.index(np.arange(4.0, dtype=np.float32).tobytes()) + 5] ^= 1
    path.write_bytes(content)
    assert load(tmp_path, {"seed": 1}) is None


def test_killed_while_writing_keeps_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, STATE)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", killed)
    with pytest.raises(KeyboardInterrupt):
        save(tmp_path, replace(STATE, batch_size=8))
    found = load(tmp_path, {"seed": 1})
    assert found is not None
    assert found.batch_size == 16


def test_a_full_disk_is_a_message_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, STATE)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(StorageError, match="No space left"):
        save(tmp_path, replace(STATE, batch_size=8))
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def record(epoch: int, accuracy: float, loss: float) -> EpochRecord:
    """An epoch with these validation scores."""
    return replace(RECORD, epoch=epoch, val_accuracy=accuracy, val_loss=loss)


def test_the_best_accuracy_wins() -> None:
    history = [record(1, 0.5, 0.1), record(2, 0.9, 0.5), record(3, 0.7, 0.2)]
    assert best_of(history, 200).epoch == 2


def test_within_one_standard_error_the_loss_decides() -> None:
    assert standard_error(0.96, 200) == pytest.approx((0.955 * 0.045 / 200) ** 0.5, rel=0.02)  # 193 of 202
    lucky, steadier = record(1, 0.965, 0.4), record(2, 0.96, 0.3)
    assert best_of([lucky, steadier], 200).epoch == 2
    assert best_of([lucky, steadier], 100_000).epoch == 1


def test_a_better_epoch_is_kept_though_its_loss_is_higher() -> None:
    assert best_of([record(1, 0.5, 0.3), record(2, 0.9, 0.4)], 200).epoch == 2
