"""Augmentation: the same for the same seed, epoch and photo, and quick."""

from __future__ import annotations

import time

import numpy as np
import pytest
from numpy.typing import NDArray

from builder.data.augmentation import STRENGTHS, Augmenter, affine_maps, strength_for, uniform
from builder.errors import ConfigError
from tests.pace import slowness


def photos(count: int = 16, side: int = 32, channels: int = 3) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, channels)).astype(np.uint8)


def test_the_same_seed_epoch_and_photo_give_the_same_pixels() -> None:
    images, numbers = photos(), np.arange(16)
    one = Augmenter("strong", True, 3)(images, numbers, epoch=2)
    assert (one == Augmenter("strong", True, 3)(images, numbers, epoch=2)).all()


def test_a_photo_does_not_depend_on_its_batch() -> None:
    images, numbers = photos(), np.arange(16)
    augment = Augmenter("strong", True, 3)
    whole = augment(images, numbers, epoch=2)
    order = np.array([5, 2, 11])
    assert (augment(images[order], numbers[order], epoch=2) == whole[order]).all()


@pytest.mark.parametrize(("seed", "epoch", "first"), [(4, 2, 0), (3, 3, 0), (3, 2, 100)])
def test_another_seed_epoch_or_number_gives_other_pixels(seed: int, epoch: int, first: int) -> None:
    images = photos()
    one = Augmenter("medium", False, 3)(images, np.arange(16), epoch=2)
    other = Augmenter("medium", False, seed)(images, np.arange(first, first + 16), epoch=epoch)
    assert all((one[n] != other[n]).any() for n in range(16))


def test_the_input_is_left_alone() -> None:
    images = photos()
    before = images.copy()
    Augmenter("strong", True, 0)(images, np.arange(16), epoch=0)
    assert (images == before).all()


def test_none_changes_nothing() -> None:
    images = photos()
    assert (Augmenter("none", True, 0)(images, np.arange(16), epoch=0) == images).all()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("strength", STRENGTHS)
def test_shape_and_type_stay(strength: str, channels: int) -> None:
    images = photos(channels=channels)[:, :, :24]
    out = Augmenter(strength, True, 0)(images, np.arange(16), epoch=0)
    assert out.shape == images.shape
    assert out.dtype == np.uint8


def test_an_even_photo_stays_even_up_to_its_edges() -> None:
    """No black corners come into view: edges are carried on."""
    images = np.full((200, 32, 48, 3), 200, np.uint8)
    out = Augmenter("strong", True, 0)(images, np.arange(200), epoch=0)
    assert all(len(np.unique(image)) == 1 for image in out)


def test_about_half_are_mirrored_and_only_if_asked() -> None:
    images = np.zeros((400, 32, 32, 1), np.uint8)
    images[:, :, :8] = 255
    left = np.s_[:, :, :16]
    plain = Augmenter("light", False, 0)(images, np.arange(400), epoch=0)
    assert (plain[left].mean((1, 2, 3)) > 60).all()
    mirrored = Augmenter("light", True, 0)(images, np.arange(400), epoch=0)
    share = float((mirrored[left].mean((1, 2, 3)) < 60).mean())
    assert 0.4 < share < 0.6


def test_random_numbers_are_even_and_uncorrelated() -> None:
    draws = uniform(0, 0, np.arange(20_000))
    assert draws.min() >= -1
    assert draws.max() < 1
    assert np.abs(draws.mean(0)).max() < 4 * (1 / 3 / 20_000) ** 0.5  # four standard errors of a mean
    assert np.abs(np.corrcoef(draws.T) - np.eye(draws.shape[1])).max() < 4 / 20_000**0.5
    assert np.abs(np.corrcoef(draws[:-1, 0], draws[1:, 0])[0, 1]) < 4 / 20_000**0.5


def test_the_middle_stays_in_the_middle_without_a_shift() -> None:
    amount = STRENGTHS["strong"]
    assert amount is not None
    draws = uniform(0, 0, np.arange(50))
    draws[:, :2] = 0
    for a, b, c, d, e, f in affine_maps(draws, amount, 32, 48, margin=7):
        assert a * 24 + b * 16 + c == pytest.approx(7 + 24)
        assert d * 24 + e * 16 + f == pytest.approx(7 + 16)


@pytest.mark.parametrize(("photos", "expected"), [(100, "strong"), (1650, "medium"), (50_000, "light")])
def test_auto_is_sized_to_the_photos(photos: int, expected: str) -> None:
    assert strength_for("auto", photos) == expected
    assert strength_for("none", photos) == "none"


def test_an_unknown_strength_is_refused() -> None:
    with pytest.raises(ConfigError, match='Did you mean "medium"'):
        strength_for("mediun", 100)


def test_a_photo_of_128_px_takes_at_most_0_3_ms_of_one_core() -> None:
    images, numbers = photos(64, 128), np.arange(64)
    augment = Augmenter("medium", True, 0)
    seconds = []
    for epoch in range(8):
        slow = slowness()
        started = time.thread_time()
        augment(images, numbers, epoch)
        seconds.append((time.thread_time() - started) / slow)
    assert min(seconds) / 64 < 0.0003
