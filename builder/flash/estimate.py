"""The exact size of each .tflite file before it exists, and ST's figure for the weights in flash."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from builder.architecture import Network, layers
from builder.arena import arena, channels, map_sides
from builder.cost import folded_parameters
from builder.errors import ConfigError
from builder.flash import converter, metadata
from builder.flash.metadata import Texts
from builder.flash.names import Twin
from builder.flash.slim import Structure, kernel_values, slim_bytes

VARIANTS = ("float32", "float16", "dynamic", "int8", "int8_micro")
SLIM = ("int8", "int8_micro")
DYNAMIC_VALUES_MIN = 1024  # the converter's default: smaller kernels stay float32
BIAS_BYTES = 4
NO_TEXTS = Texts()


def flash_bytes(
    network: Network, variant: str, *, labels: Sequence[str] | None = None, texts: Texts = NO_TEXTS, twin: Twin = "keras"
) -> int:
    """The size of the .tflite file that a build writes.

    Not a fit: the converter's writing is replayed, table by table, with a counter for a buffer. The file is the constants, in
    float32, float16, or int8 with a float32 scale for each channel of kernels (and biases); names of tensors; records of
    tensors and operators; metadata; class names. `int8` and `int8_micro` are slim (`builder.slim`). The resolution changes
    nothing, except that at 32 px or less the pooling is dropped, and that `int8_micro` holds a memory plan where that helps.

    Exact for the converter of TensorFlow 2.21 and a network built by Keras 3, as long as no two constants are equal: the
    converter merges those. They are equal in an untrained network (all biases zero), and may be where alpha is so small that
    layers have one channel (below 0.04).

    Args:
        network: what is built.
        variant: one of `VARIANTS`.
        labels: class names, in any script; by default the numbers "0", "1", ...
        texts: what else the file says about itself.
        twin: the library that the exported network was built by: "keras" (on TensorFlow), or "tf_keras" for what was compressed
            or trained on another backend. They name tensors differently, some 6 KB.

    Returns:
        Bytes.

    Raises:
        ConfigError: an unknown variant, or labels that are not one for each class.

    Example:
        >>> flash_bytes(Network(alpha=0.25, resolution=96, classes=10), "int8_micro") / 1024 < 306
        True
    """
    if variant not in VARIANTS:
        raise ConfigError(f"A variant is one of {', '.join(VARIANTS)}, not {variant!r}.")
    return flash_sizes(network, (variant,), labels=labels, texts=texts, twin=twin)[variant]


def flash_sizes(
    network: Network,
    variants: Iterable[str] = VARIANTS,
    *,
    labels: Sequence[str] | None = None,
    texts: Texts = NO_TEXTS,
    twin: Twin = "keras",
) -> dict[str, int]:
    """The same for several variants at once, in a third of the time."""
    if labels is not None and len(labels) != network.classes:
        raise ConfigError(f"There must be a label for each of the {network.classes} classes, and there are {len(labels)}.")
    described = metadata.description_length(network, texts)
    behind = metadata.label_bytes(labels, network.classes)
    pooled = map_sides(network.resolution)[-1] > 1
    planned = "int8_micro" in (asked := tuple(variants)) and arena(network).has_plan
    own = without_labels(asked, network.alpha, network.channels, network.classes, pooled, planned, twin, texts, described)
    return {variant: size + behind for variant, size in own}


@lru_cache(maxsize=4096)
def without_labels(
    variants: tuple[str, ...],
    alpha: float,
    image_channels: int,
    classes: int,
    pooled: bool,
    planned: bool,
    twin: Twin,
    texts: Texts,
    described: int,
) -> tuple[tuple[str, int], ...]:
    """Variants and their sizes before the class names come: of the resolution only its length in the description counts here."""
    widths, sizes = channels(alpha), []
    for variant in variants:
        has_ranges = variant != "int8_micro"
        if variant in SLIM:
            structure = Structure(variant, pooled, classes == 2, planned and variant == "int8_micro")
            content = metadata.description_bytes(texts, described, has_ranges)
            sizes.append((variant, slim_bytes(structure, widths, image_channels, classes, content)))
        else:
            size, buffers, entries = converted(variant, widths, image_channels, classes, pooled, twin)
            sizes.append((variant, size + metadata.head_bytes(texts, described, has_ranges, buffers, entries)))
    return tuple(sizes)


@lru_cache(maxsize=8192)
def converted(
    variant: str, widths: tuple[int, ...], image_channels: int, classes: int, pooled: bool, twin: Twin
) -> tuple[int, int, int]:
    """Size of the file without metadata, and how many buffers and entries of metadata it lists."""
    kernels = kernel_values(widths, image_channels, classes)
    quantized = frozenset(number for number, values in enumerate(kernels) if variant == "dynamic" and values >= DYNAMIC_VALUES_MIN)
    file = converter.file(variant, pooled, classes == 2, quantized, twin)
    return file.size.bytes((*kernels, *widths, classes)), file.buffers, file.entries


def st_weight_bytes(network: Network) -> int:
    """The weights in flash as ST counts them for int8: a byte for each folded parameter, four for a bias.

    Exact on the rows of ST's model zoo that are of MobileNet v1 on a microcontroller with Cube.AI 10 ("Weights Flash"). Version
    7.3 printed 2 % more for one model; the compiler for the NPU of the STM32N6 lays weights out in its own way.
    """
    rows = [layer for layer in layers(network) if layer.kind != "pool"]
    biases = sum(layer.output_shape[2] for layer in rows)
    return sum(folded_parameters(layer) for layer in rows) + (BIAS_BYTES - 1) * biases
