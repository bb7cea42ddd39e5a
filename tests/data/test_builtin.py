"""Sets that come by name."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from builder.data import open_source, prepare
from builder.data.builtin import KERAS_CLASSES, NAMES
from builder.errors import DataError


def fake_keras(monkeypatch: pytest.MonkeyPatch, load: object) -> None:
    """Stands in for Keras, which would download."""
    module = ModuleType("keras")
    module.datasets = SimpleNamespace(cifar10=SimpleNamespace(load_data=load))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keras", module)


def test_digits_keep_their_numbers_and_grays() -> None:
    from sklearn.datasets import load_digits

    source = open_source("digits")
    assert (source.photos, source.builtin) == (1797, "digits")
    assert source.given == frozenset()
    expected = load_digits()
    for number in (0, 500, 1796):
        item = source.items[number]
        assert item.label == str(expected.target[number])
        assert (item.origin.read(item.key) == np.rint(expected.images[number] * 255 / 16)).all()


@pytest.mark.usefixtures("own_cache")
def test_digits_have_one_fingerprint_whether_remembered_or_loaded() -> None:
    assert open_source("digits").fingerprint == open_source("digits").fingerprint


@pytest.mark.usefixtures("own_cache")
def test_a_keras_set_keeps_its_test_photos(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = np.random.default_rng(0)

    def part(count: int) -> tuple[np.ndarray, np.ndarray]:
        return dice.integers(0, 256, (count, 32, 32, 3)).astype(np.uint8), np.arange(count)[:, None] % 10

    fake_keras(monkeypatch, lambda: (part(200), part(50)))
    source = open_source("keras:cifar10")
    assert source.classes[:3] == ("airplane", "automobile", "bird")
    assert (source.photos, source.builtin) == (250, "keras:cifar10")
    assert source.given == {"train", "test"}
    dataset = prepare(source, resolution=32, channels=3, split_seed=0, bad_share_max=0)
    assert len(dataset.test) == 50
    assert (np.sort(dataset.test.labels) == np.sort(np.arange(50) % 10)).all()


@pytest.mark.usefixtures("own_cache")
def test_a_failed_download_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> None:
        raise OSError("URL fetch failure")

    fake_keras(monkeypatch, load)
    with pytest.raises(DataError, match=r"could not be downloaded \(URL fetch failure\)\. Connect to a network"):
        open_source("keras:cifar10")


def test_every_set_names_its_classes() -> None:
    assert [len(KERAS_CLASSES[name]) for name in ("cifar10", "cifar100", "mnist", "fashion_mnist")] == [10, 100, 10, 10]
    assert all(len(set(classes)) == len(classes) for classes in KERAS_CLASSES.values())
    assert NAMES[0] == "digits"
