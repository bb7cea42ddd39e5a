"""Sizes of whole files: golden ones, and what must hold for any."""

from __future__ import annotations

import csv
import itertools
import time
from pathlib import Path

import pytest

from builder.architecture import Network
from builder.arena import channels, map_sides
from builder.errors import ConfigError
from builder.flash import VARIANTS, Texts, flash_bytes, flash_sizes, st_weight_bytes
from builder.flash.estimate import converted

# Bytes of float32, float16 and dynamic files that TensorFlow 2.21's converter wrote from networks with seeded weights, before
# metadata was added.
REAL = {
    (0.25, 96, 3, 10): (873_388, 460_584, 281_536),
    (0.1, 100, 1, 2): (168_756, 108_272, 85_440),
    (0.33, 33, 1, 7): (1_459_996, 753_908, 442_776),
    (1.5, 64, 3, 1000): (34_764_708, 17_406_244, 8_971_616),
    (0.05, 32, 3, 2): (63_072, 55_340, 52_744),
}
CONVERTED = VARIANTS[:3]

# Classes of the datasets in ST's table.
ST_CLASSES = {"flowers": 5, "flowers fft": 5, "flowers grayscale": 5, "flowers tfs grayscale": 5, "ImageNet": 1000, "Person": 2}


@pytest.mark.parametrize(("dials", "sizes"), REAL.items())
def test_the_converters_files_are_exact(dials: tuple[float, int, int, int], sizes: tuple[int, ...]) -> None:
    alpha, resolution, image_channels, classes = dials
    pooled = map_sides(resolution)[-1] > 1

    counted = tuple(converted(variant, channels(alpha), image_channels, classes, pooled, "keras")[0] for variant in CONVERTED)

    assert counted == sizes


def test_the_twins_files_are_exact() -> None:
    # As above, alpha 0.25, 10 classes, of a network that tf_keras built.
    real = (867_500, 451_372, 275_656)

    counted = tuple(converted(variant, channels(0.25), 3, 10, True, "tf_keras")[0] for variant in CONVERTED)

    assert counted == real


def test_all_variants_at_once_are_the_same_sizes() -> None:
    network = Network(0.3, 64, 1, 12)

    assert flash_sizes(network) == {variant: flash_bytes(network, variant) for variant in VARIANTS}


def test_the_phones_file_has_two_operators_more() -> None:
    network = Network(0.25, 96, 3, 10)

    # Scales of biases, two tensors and operators more, and the converter's notes, but no memory plan.
    channels_of_all = sum(channels(0.25)) + 10
    assert flash_bytes(network, "int8") - flash_bytes(network, "int8_micro") == pytest.approx(4 * channels_of_all, rel=0.1)


def test_resolution_costs_nothing_beyond_one_pixel() -> None:
    texts = Texts(description="the same")
    sizes = {flash_bytes(Network(0.5, resolution, 3, 10), "int8", texts=texts) for resolution in (33, 96, 128, 224)}

    assert len(sizes) == 1
    assert flash_bytes(Network(0.5, 32, 3, 10), "int8", texts=texts) < min(sizes)  # its last map is 1 x 1: no pooling


@pytest.mark.parametrize("variant", VARIANTS)
def test_wider_is_larger(variant: str) -> None:
    sizes = [flash_bytes(Network(alpha, 96, 3, 10), variant) for alpha in (0.1, 0.25, 0.5, 0.75, 1.0, 1.5)]

    assert all(before < after for before, after in itertools.pairwise(sizes))


def test_label_text_counts() -> None:
    network = Network(0.25, 96, 3, 2)

    short, long = (flash_bytes(network, "int8", labels=labels) for labels in (("a", "b"), ("a", "b" * 101)))

    assert long - short == 100


def test_a_label_is_needed_for_each_class() -> None:
    with pytest.raises(ConfigError, match="each of the 10 classes, and there are 2"):
        flash_bytes(Network(0.25, 96, 3, 10), "int8", labels=("a", "b"))


def test_an_unknown_variant_is_named() -> None:
    with pytest.raises(ConfigError, match="int4"):
        flash_bytes(Network(0.25, 96, 3, 10), "int4")


def test_weights_are_those_of_sts_table(shared: Path) -> None:
    with (shared / "reference" / "stm32_mobilenet.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["model"] == "MobileNet v1" and row["weights_flash_KiB"]]
    # Of the other rows, one is of an early version, the rest of the N6's NPU compiler.
    exact = [row for row in rows if row["board"].startswith("STM32H7") and "Cube.AI 10" in row["source"]]

    assert len(exact) == 5
    for row in exact:
        network = Network(float(row["alpha"]), int(row["resolution"]), int(row["channels"]), ST_CLASSES[row["dataset_variant"]])
        assert round(st_weight_bytes(network) / 1024, 2) == float(row["weights_flash_KiB"])


def test_a_thousand_networks_take_a_moment() -> None:
    networks = [Network(0.1 + 0.035 * step, resolution) for step in range(40) for resolution in range(32, 257, 9)]

    started = time.thread_time()
    for network in networks:
        flash_sizes(network)

    assert len(networks) == 1000
    assert time.thread_time() - started < 0.2  # 15 ms on an idle machine
