"""Training photos a little different each epoch: shifted, zoomed, turned, brighter or darker, mirrored where that makes sense.

What happens to a photo depends on the seed, the epoch and the photo's number only, never on its neighbours in the batch, on threads
or on what was asked before: training that is taken up again sees the same photos.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from builder.errors import ConfigError, nearest


@dataclass(frozen=True, slots=True)
class Amount:
    """The most of each change. Each is drawn evenly from -most..most.

    Args:
        shift: share of the height and of the width.
        zoom: share of the size.
        turn: degrees.
        brightness: share of the range 0..255.
        contrast: share of the distance from mid-gray.
    """

    shift: float
    zoom: float
    turn: float
    brightness: float
    contrast: float


STRENGTHS: dict[str, Amount | None] = {
    "none": None,
    "light": Amount(shift=0.04, zoom=0.06, turn=5, brightness=0.06, contrast=0.1),
    "medium": Amount(shift=0.08, zoom=0.12, turn=10, brightness=0.1, contrast=0.2),
    "strong": Amount(shift=0.12, zoom=0.2, turn=15, brightness=0.15, contrast=0.3),
}
DRAWS = 8  # random numbers a photo: shift x and y, zoom, turn, brightness, contrast, mirror, whether it is warped

# Half of the photos are zoomed and turned, the others shifted by whole pixels only: that costs 0.2 ms less a photo at 128 px, and
# keeps half of them as sharp as the photos that the model will meet.
WARPED_SHARE = 0.5


def strength_for(setting: str, photos: int) -> str:
    """Resolves "auto" by the number of training photos: the fewer there are, the more they are varied.

    Args:
        setting: none, light, medium, strong or auto.
        photos: training photos.

    Raises:
        ConfigError: an unknown setting.
    """
    if setting != "auto":
        if setting not in STRENGTHS:
            raise ConfigError(
                f"augmentation strength {setting!r} is unknown.{nearest(setting, STRENGTHS)} Known: auto, {', '.join(STRENGTHS)}."
            )
        return setting
    return "strong" if photos < 500 else "medium" if photos < 10_000 else "light"


class Augmenter:
    """Changes photos at random, the same way for the same seed, epoch and photo.

    Args:
        strength: none, light, medium or strong.
        mirror: also mirror every other photo left to right. No photo is mirrored at strength none.
        seed: the training seed.

    Example:
        >>> augment = Augmenter("medium", mirror=False, seed=0)
        >>> batch = augment(images, indices, epoch=3)
    """

    def __init__(self, strength: str, mirror: bool, seed: int) -> None:
        self.strength = strength_for(strength, 0)
        self.amount = STRENGTHS[self.strength]
        self.mirror = mirror
        self.seed = seed

    def __call__(self, images: NDArray[np.uint8], indices: NDArray[np.integer], epoch: int) -> NDArray[np.uint8]:
        """Augments a batch.

        Args:
            images: uint8 (B, H, W, C).
            indices: (B,) the number of each photo in its split.
            epoch: counts passes over the photos.

        Returns:
            uint8 (B, H, W, C); the input itself is left as it is.
        """
        if self.amount is None or not len(images):
            return images
        _, height, width, channels = images.shape
        draws = uniform(self.seed, epoch, np.asarray(indices))
        tables = tone_tables(draws, self.amount)
        margin = margin_of(self.amount, max(height, width))
        maps = affine_maps(draws, self.amount, height, width, margin)
        flipped = (draws[:, 6] < 0) & self.mirror
        canvas = np.empty((height + 2 * margin, width + 2 * margin, channels), np.uint8)
        out = np.empty_like(images)
        for number in range(len(images)):
            lay(canvas, tables[number].take(images[number]), margin)
            if draws[number, 7] < 2 * WARPED_SHARE - 1:
                moved = warped(canvas, maps[number], height, width)
            else:
                top = margin + round(float(draws[number, 1]) * self.amount.shift * height)
                left = margin + round(float(draws[number, 0]) * self.amount.shift * width)
                moved = canvas[top : top + height, left : left + width]
            out[number] = moved[:, ::-1] if flipped[number] else moved
        return out


def margin_of(amount: Amount, side: int) -> int:
    """Pixels around a photo that shifting, zooming and turning may bring into view."""
    return math.ceil(side * (amount.shift + (amount.zoom + math.sin(math.radians(amount.turn)) * (1 + amount.zoom)) / 2)) + 1


def lay(canvas: NDArray[np.uint8], image: NDArray[np.uint8], margin: int) -> None:
    """Puts a photo into the middle of a larger canvas and carries its edges on to the border."""
    middle = slice(margin, -margin)
    canvas[middle, middle] = image
    canvas[middle, :margin] = image[:, :1]
    canvas[middle, -margin:] = image[:, -1:]
    canvas[:margin] = canvas[margin]
    canvas[-margin:] = canvas[-margin - 1]


def uniform(seed: int, epoch: int, indices: NDArray[np.integer]) -> NDArray[np.float64]:
    """Random numbers in [-1, 1), shape (B, DRAWS), by a counter: splitmix64 of seed, epoch, photo and draw.

    A generator for each photo would cost 20 microseconds a photo; this costs 20 for the batch.
    """
    counter = np.uint64(seed)
    with np.errstate(over="ignore"):  # 64-bit arithmetic that wraps around is what mixes
        state = mixed(mixed(np.array([counter]) + np.uint64(0x5EED)) ^ np.uint64(epoch))
        state = mixed(state ^ indices.astype(np.uint64))[:, None]
        state = mixed(state + np.arange(1, DRAWS + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    return (state >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1.0


def mixed(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finalizer of splitmix64 (Steele, Lea and Flood, 2014): every input bit reaches every output bit."""
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def affine_maps(draws: NDArray[np.float64], amount: Amount, height: int, width: int, margin: int) -> list[tuple[float, ...]]:
    """For each photo the six numbers that map a target pixel (x, y) to a pixel of the canvas, about the middle of the photo."""
    shift_x, shift_y = draws[:, 0] * amount.shift * width, draws[:, 1] * amount.shift * height
    scale = 1 + draws[:, 2] * amount.zoom
    angle = np.deg2rad(draws[:, 3] * amount.turn)
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    c = margin + width / 2 + shift_x - cos * width / 2 + sin * height / 2
    f = margin + height / 2 + shift_y - sin * width / 2 - cos * height / 2
    return list(zip(*(part.tolist() for part in (cos, -sin, c, sin, cos, f)), strict=True))


def tone_tables(draws: NDArray[np.float64], amount: Amount) -> NDArray[np.uint8]:
    """For each photo what each of the 256 values becomes, (B, 256)."""
    values = np.arange(256) - 127.5
    brightness = draws[:, 4, None] * amount.brightness * 255
    contrast = 1 + draws[:, 5, None] * amount.contrast
    return np.clip(np.rint(values * contrast + 127.5 + brightness), 0, 255).astype(np.uint8)


def warped(canvas: NDArray[np.uint8], mapping: tuple[float, ...], height: int, width: int) -> NDArray[np.uint8]:
    """The photo (height, width, C) that an affine map takes from a canvas, bilinear."""
    channels = canvas.shape[2]
    plane = Image.fromarray(canvas if channels > 1 else canvas[:, :, 0])
    moved = plane.transform((width, height), Image.Transform.AFFINE, mapping, resample=Image.Resampling.BILINEAR)
    return np.asarray(moved).reshape(height, width, channels)
