"""Working memory that kernel libraries ask for while one operator runs, besides the arena of the reference kernels.

The interpreter places it in the arena beside whatever is alive at that moment, so it costs nothing in an operator that is far
from the peak: what counts is by how much the largest sum of both exceeds the peak without it.

CMSIS-NN: `arm_convolve_s8_get_buffer_size` and `arm_depthwise_conv_s8_opt_get_buffer_size` (ARM-software/CMSIS-NN, Source/
ConvolutionFunctions): columns of int16 with DSP instructions, of int8 with Helium, none on a Cortex-M0+; 1x1 convolutions need
none. ESP-NN on an ESP32-S3: `esp_nn_get_conv_scratch_size_esp32s3` and `esp_nn_get_depthwise_conv_scratch_size_esp32s3`
(espressif/esp-nn, src/convolution): padded copies of image and kernel; older versions do not work in strips. Espressif's person
detection (alpha 0.25, 96 x 96 pixels) reserves 39 KiB for it; the largest request by these formulas is 39.2 KiB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add

KERNEL = 9  # values of a 3 x 3 kernel
HELIUM_BLOCK = 124  # CH_IN_BLOCK_MVE: channels of a depthwise convolution that are done at once
HELIUM = ("Cortex-M55", "Cortex-M85")
NO_VECTORS = ("Cortex-M0", "Cortex-M0+", "Cortex-M23")
S3 = "Xtensa-LX7"
S3_STRIPS_FROM = 40 * 1024  # bytes of padded image from which newer ESP-NN works in strips

CMSIS = "CMSIS-NN's scratch memory (ARM-software/CMSIS-NN, get_buffer_size functions)"
ESP = "ESP-NN's scratch memory (espressif/esp-nn, scratch_size functions of the ESP32-S3)"


@dataclass(frozen=True, slots=True)
class Scratch:
    """Bytes beyond the arena."""

    low: int
    typical: int
    high: int


def scratch(
    library: str,
    core: str | None,
    head: int,
    maps: Sequence[int],
    channels: tuple[int, ...],
    sides: tuple[int, ...],
    *,
    planned: bool = False,
) -> Scratch:
    """What a library's kernels add to the arena.

    Args:
        library: as devices name it; empty where it is not known: CMSIS-NN, at most what ESP-NN needs.
        core: the processor.
        head: bytes of the arena's activations, gaps included.
        maps: values of the image and of the output of each of the 27 convolutions.
        channels: their output channels.
        sides: height of the image and of each output.
        planned: whether the file says where activations lie; they do not move for scratch memory then.
    """
    if library == "tflm-reference":
        return Scratch(0, 0, 0)
    alive = tuple(map(add, maps, maps[1:]))
    image_channels = maps[0] // (sides[0] * sides[0])

    def added(needs: Sequence[int]) -> int:
        return planned_growth(head, maps, needs) if planned else growth(alive, needs)

    def most_added() -> int:
        needs = esp32_s3(image_channels, channels, sides, strips=False)
        return planned_growth(head, maps, needs) if planned else most(head, alive, needs)

    if library == "esp-nn":
        typical = added(esp32_s3(image_channels, channels, sides, strips=True)) if core == S3 else 0
        return Scratch(0, typical, max(typical, most_added()))
    usual = added(cmsis_nn(core, image_channels, channels))
    if not library:
        return Scratch(0, usual, max(usual, most_added()))
    return Scratch(0, usual, usual + 4 * sum(channels))  # newer versions keep the sums of weights, an int32 a channel


def basis(library: str, core: str | None) -> str:
    """Where the figures of `scratch` come from, in words."""
    if library == "tflm-reference":
        return "reference kernels need no scratch memory beyond it"
    if library == "esp-nn":
        return ESP if core == S3 else f"ESP-NN's generic kernels need no scratch memory; at most {ESP}"
    if not library:
        return f"{CMSIS}; at most {ESP}"
    return CMSIS if library.startswith(("cmsis-nn", "x-cube-ai")) else f"no source for {library}: as {CMSIS}"


def growth(alive: Sequence[int], needs: Sequence[int]) -> int:
    """By how much the peak grows when each operator needs so much more; the planner's gaps stay what they were."""
    return max(map(add, alive, needs), default=0) - max(alive, default=0)


def planned_growth(head: int, maps: Sequence[int], needs: Sequence[int]) -> int:
    """The same where the file says where activations lie: scratch memory fits between an operator's two, or goes above both."""
    sizes = [size + 15 & -16 for size in maps]
    sizes.append(0)
    top = head
    for upper in range(1, len(maps), 2):  # the operators before and behind a tensor that lies above its neighbours
        below, above = sizes[upper - 1], sizes[upper + 1]
        start = below if below > above else above
        end = start + sizes[upper]
        for operator, bottom in ((upper - 1, below), (upper, above)):
            need = needs[operator] if operator < len(needs) else 0
            if need and bottom + need > start and end + need > top:
                top = end + need
    return top - head


def most(head: int, alive: Sequence[int], needs: Sequence[int]) -> int:
    """The most that ESP-NN can add on an ESP32-S3: gaps grow with the peak, and an operator adds no more than it asks for."""
    gaps = head / max(alive)
    return max(0, *(min(need, round((now + need) * gaps) - head) for now, need in zip(alive, needs, strict=True)))


@lru_cache(maxsize=2048)
def cmsis_nn(core: str | None, image_channels: int, channels: tuple[int, ...]) -> tuple[int, ...]:
    """Bytes that each of the 27 convolutions asks CMSIS-NN for."""
    if core in NO_VECTORS:
        return (0,) * len(channels)
    if core in HELIUM:
        first, block = 4 * aligned(KERNEL * image_channels), 4 * HELIUM_BLOCK * KERNEL
        return (first, *(block * (place % 2) for place in range(1, len(channels))))
    return (4 * KERNEL * image_channels, *(2 * KERNEL * width * (place % 2) for place, width in enumerate(channels[1:], start=1)))


@lru_cache(maxsize=8192)
def esp32_s3(image_channels: int, channels: tuple[int, ...], sides: tuple[int, ...], *, strips: bool) -> tuple[int, ...]:
    """Bytes that each of the 27 convolutions asks ESP-NN for on an ESP32-S3."""
    needs = [conv_3x3(image_channels, channels[0], sides[0], sides[1])]
    for place in range(1, len(channels), 2):
        width, side = channels[place], sides[place + 1]
        needs += (depthwise(width, sides[place], side, strips=strips), conv_1x1(width, channels[place + 1], side))
    return tuple(needs)


def conv_3x3(inputs: int, outputs: int, side: int, out: int) -> int:
    """The first convolution: the kernel in rows of 16, and the padded image where it is padded on both sides."""
    both = padding(side, out) // 2
    image = (side + 2 * both) ** 2 * inputs if both else 0
    return image + KERNEL * aligned(inputs) * outputs + 32 + 4 * outputs


def conv_1x1(inputs: int, outputs: int, side: int) -> int:
    """A pointwise convolution: an aligned kernel, and the input where its channels are no multiple of 8."""
    padded = inputs + 7 & -8
    pixels = side * side
    copy = pixels * padded if inputs % 8 else 0
    return copy + padded * outputs + (16 * padded if pixels >= 8 else 0) + 32


def depthwise(width: int, side: int, out: int, *, strips: bool) -> int:
    """A 3 x 3 depthwise convolution: kernel and padded image, in int16 where the channels suit no faster way."""
    kernel = KERNEL * width
    if width % 16 == 0:
        wide = side + 2
        whole = wide * wide * width
        return kernel + 16 + (3 * wide * width if strips and whole > S3_STRIPS_FROM else whole)
    if width % 8 == 0 and width >= 12 and strips:
        padded = aligned(width)
        wide = side + 2 * (padding(side, out) // 2) + max(0, out * stride(side, out) + 2 - side)
        return KERNEL * padded + wide * wide * padded + out * out * padded + 64
    if width % 8 == 0:
        return 2 * (kernel + side * side * width) + 32
    if width > 3 and strips:
        padded = width + 7 & -8
        return 2 * (KERNEL + side * side) * padded + out * out * padded + 12 * padded + 64
    return 32


def stride(side: int, out: int) -> int:
    """The stride that makes `out` pixels of `side`."""
    return 1 if out == side else 2


def padding(side: int, out: int) -> int:
    """Pixels that "same" padding adds to a side for a 3 x 3 kernel."""
    return max(0, (out - 1) * stride(side, out) + 3 - side)


def aligned(count: int) -> int:
    """Rounded up to a multiple of 16."""
    return count + 15 & -16
