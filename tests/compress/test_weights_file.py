"""Tuned weights on disk: whole or not there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from builder.compress.weights_file import load_weights, save_weights
from builder.errors import ModelFileError, StorageError

WEIGHTS = [
    np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4),
    np.zeros(4, np.float32),
    *(np.full(1, n, np.float32) for n in range(9)),
]


def test_come_back_as_they_were(tmp_path: Path) -> None:
    save_weights(tmp_path / "new" / "pruned.npz", WEIGHTS)
    found = load_weights(tmp_path / "new" / "pruned.npz")
    for left, right in zip(found, WEIGHTS, strict=True):
        np.testing.assert_array_equal(left, right)
        assert left.dtype == right.dtype


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_half_a_file_is_a_message(tmp_path: Path, share: float) -> None:
    path = tmp_path / "pruned.npz"
    save_weights(path, WEIGHTS)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(ModelFileError, match="Tune again"):
        load_weights(path)


def test_no_file_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="holds no tuned weights"):
        load_weights(tmp_path / "pruned.npz")


def test_a_place_that_cannot_be_written_is_a_message_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="another folder"):
        save_weights(tmp_path / "file" / "pruned.npz", WEIGHTS)


def test_killed_while_writing_keeps_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_weights(tmp_path / "pruned.npz", WEIGHTS)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", killed)
    with pytest.raises(KeyboardInterrupt):
        save_weights(tmp_path / "pruned.npz", WEIGHTS[:1])
    assert len(load_weights(tmp_path / "pruned.npz")) == len(WEIGHTS)
    assert [path.name for path in tmp_path.iterdir()] == ["pruned.npz"]
