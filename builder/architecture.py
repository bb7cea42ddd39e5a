"""MobileNet v1 as a table of layers, for any alpha, resolution, channels and class count.

The table is data: the cost model adds it up, the model builders turn it into Keras layers. Nothing here imports anything
but the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from builder.errors import ConfigError

Kind = Literal["conv", "depthwise", "pointwise", "pool", "classifier"]
Shape = tuple[int, int, int]

ALPHA_MAX = 2.0
BASE_RESOLUTION = 224  # rho = resolution / 224 (arXiv:1704.04861, section 3.4)
RESOLUTION_MIN = 32  # five halvings leave one pixel
RESOLUTION_MAX = 2048
CLASSES_MAX = 100_000

# Output channels at alpha 1.0 and stride of each block's depthwise layer: arXiv:1704.04861, table 1.
FIRST_CHANNELS = 32
BLOCKS: tuple[tuple[int, int], ...] = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (1024, 2),
    (1024, 1),
)


@dataclass(frozen=True, slots=True)
class Network:
    """The four numbers that decide a MobileNet v1.

    Args:
        alpha: width multiplier, in (0, 2].
        resolution: height and width of the input in pixels, 32 to 2048.
        channels: 3 for colour, 1 for grayscale.
        classes: 2 or more.

    Raises:
        ConfigError: a value is out of range; the message names it.
    """

    alpha: float
    resolution: int
    channels: int = 3
    classes: int = 1000

    def __post_init__(self) -> None:
        check_alpha(self.alpha)
        check_resolution(self.resolution)
        if self.channels not in (1, 3):
            raise ConfigError(f"channels must be 1 (grayscale) or 3 (colour), not {self.channels!r}.")
        if isinstance(self.classes, bool) or not isinstance(self.classes, int) or not 2 <= self.classes <= CLASSES_MAX:
            raise ConfigError(f"classes must be a whole number from 2 to {CLASSES_MAX:,}, not {self.classes!r}.")

    @property
    def rho(self) -> float:
        """The resolution multiplier: resolution / 224."""
        return self.resolution / BASE_RESOLUTION


@dataclass(frozen=True, slots=True)
class Layer:
    """One row of the table. Shapes are (height, width, channels); batch normalization and ReLU6 follow where it says so."""

    name: str
    kind: Kind
    kernel: int
    stride: int
    input_shape: Shape
    output_shape: Shape
    batch_norm: bool


def check_alpha(alpha: float) -> float:
    """Returns alpha, or raises `ConfigError` unless it is a number in (0, 2]."""
    if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not 0 < alpha <= ALPHA_MAX:
        raise ConfigError(
            f"alpha (the width multiplier) must be above 0 and at most {ALPHA_MAX:g}, not {alpha!r}. "
            "Published ImageNet weights exist for 0.25, 0.5, 0.75 and 1.0."
        )
    return alpha


def check_resolution(resolution: int) -> int:
    """Returns the resolution, or raises `ConfigError` unless it is a whole number of pixels from 32 to 2048."""
    if isinstance(resolution, bool) or not isinstance(resolution, int) or not RESOLUTION_MIN <= resolution <= RESOLUTION_MAX:
        raise ConfigError(
            f"resolution must be a whole number of pixels from {RESOLUTION_MIN} to {RESOLUTION_MAX}, not {resolution!r}. "
            "Multiples of 32 waste no pixels: 96, 128, 160, 192, 224."
        )
    return resolution


def resolution_of(rho: float) -> int:
    """The resolution in pixels of a resolution multiplier rho: 224 * rho, rounded."""
    if isinstance(rho, bool) or not isinstance(rho, int | float) or not 0 < rho <= RESOLUTION_MAX:
        raise ConfigError(
            f"rho (the resolution multiplier) must be a positive number, not {rho!r}; rho 1.0 is {BASE_RESOLUTION} px, and "
            f"{RESOLUTION_MIN} to {RESOLUTION_MAX} px are possible."
        )
    return check_resolution(round(BASE_RESOLUTION * rho))


def scale_channels(channels: int, alpha: float) -> int:
    """Channels at width multiplier alpha: `int(channels * alpha)` as Keras rounds, and never less than one."""
    return max(1, int(channels * alpha))


def out_size(size: int, stride: int) -> int:
    """Height or width after a "same" convolution: ceil(size / stride). It serves the cost model and the network alike."""
    return -(-size // stride)


@lru_cache(maxsize=4096)
def layers(network: Network) -> tuple[Layer, ...]:
    """The network as a table of 29 rows, input to output; names are those of `keras.applications.MobileNet`.

    Example:
        >>> layers(Network(alpha=1.0, resolution=224))[1].output_shape
        (112, 112, 32)
    """
    size = out_size(network.resolution, 2)
    channels = scale_channels(FIRST_CHANNELS, network.alpha)
    image = (network.resolution, network.resolution, network.channels)
    table = [Layer("conv1", "conv", 3, 2, image, (size, size, channels), batch_norm=True)]
    for number, (base_channels, stride) in enumerate(BLOCKS, start=1):
        before = table[-1].output_shape
        size = out_size(size, stride)
        spatial = (size, size, channels)
        channels = scale_channels(base_channels, network.alpha)
        table.append(Layer(f"conv_dw_{number}", "depthwise", 3, stride, before, spatial, batch_norm=True))
        table.append(Layer(f"conv_pw_{number}", "pointwise", 1, 1, spatial, (size, size, channels), batch_norm=True))
    last = table[-1].output_shape
    table.append(Layer("global_average_pooling", "pool", size, 1, last, (1, 1, channels), batch_norm=False))
    table.append(Layer("conv_preds", "classifier", 1, 1, (1, 1, channels), (1, 1, network.classes), batch_norm=False))
    return tuple(table)
