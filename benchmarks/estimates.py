"""Estimated sizes beside real ones: 40 random networks, built, exported by the builder and measured.

    python benchmarks/estimates.py

Each network is filled with seeded values that are neither zero nor equal, some are really trained (one epoch of digits). Every
variant is exported with random class names, and the bytes of the files and the arena that TensorFlow Lite Micro's interpreter
reports are held against `builder.flash` and `builder.arena`. Prints a table, and writes it into RESULTS.md.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder.architecture import Network, layers
from builder.arena import arena
from builder.flash import VARIANTS, Texts, flash_bytes

if TYPE_CHECKING:
    from builder.data import Dataset

COUNT = 40
TRAINED = 5
LETTERS = "abcdefghijklmnopqrstuvwxyz äöüßéñ漢字кот🐈'\"/\\"
CALIBRATION_PHOTOS = 2
LIMIT_FLASH, LIMIT_ARENA = 0.5, 1.0  # per cent
TITLE = "Estimated and real sizes"


@dataclass(frozen=True, slots=True)
class Configuration:
    """One network, what its files say about themselves, and whether it is trained."""

    seed: int
    network: Network
    labels: tuple[str, ...]
    texts: Texts
    trained: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """An estimate and what it estimates, in bytes."""

    estimated: int
    real: int

    @property
    def error(self) -> float:
        """How far the estimate is off, in per cent of the real size, without its sign."""
        return 100 * abs(self.estimated - self.real) / self.real


def configurations(count: int, trained: int, seed: int = 0) -> list[Configuration]:
    """Random networks: alpha 0.1 to 1.5, 32 to 256 px, 2 to 1000 classes (as many below 45 as above), 1 or 3 channels.

    Those that are trained have the ten classes of digits and at most 64 px, so that an epoch takes seconds.
    """
    draw = random.Random(seed)
    drawn = []
    for number in range(count):
        is_trained = number < trained
        classes = 10 if is_trained else round(math.exp(draw.uniform(math.log(2), math.log(1000))))
        resolution = draw.randint(32, 64 if is_trained else 256)
        network = Network(round(draw.uniform(0.1, 1.5), 3), resolution, draw.choice((1, 3)), classes)
        labels = tuple(f"{place} {text(draw, 24)}" for place in range(classes))
        texts = Texts(text(draw, 30), text(draw, 60), text(draw, 20), text(draw, 20), str(number), f"{draw.getrandbits(48):012x}")
        drawn.append(Configuration(number, network, labels, texts, is_trained))
    return drawn


def text(draw: random.Random, longest: int) -> str:
    """Random characters, or none."""
    return "".join(draw.choices(LETTERS, k=draw.randint(0, longest)))


def estimates(configuration: Configuration) -> dict[str, int]:
    """What the planner says: a size for each variant, and the arena."""
    network = configuration.network
    sizes = {variant: flash_bytes(network, variant, labels=configuration.labels, texts=configuration.texts) for variant in VARIANTS}
    return {**sizes, "arena": arena(network).total_bytes}


def measure(configuration: Configuration, folder: Path, dataset: Dataset | None = None) -> dict[str, int]:
    """Builds and exports the network and measures the files.

    Args:
        configuration: what to build.
        folder: where the files are written.
        dataset: photos to train on for one epoch; without them, seeded values take the place of training.

    Returns:
        Bytes of each variant's file, and of the arena; without "arena" where TensorFlow Lite Micro is not installed.
    """
    import keras
    import numpy as np

    from builder.export.convert import export
    from builder.export.metadata import ModelMetadata
    from builder.model import build
    from builder.verify.micro import measure_arena
    from builder.warm_start import seeded

    network, texts = configuration.network, configuration.texts
    keras.backend.clear_session()
    model = build(keras, layers(network), seed=configuration.seed)
    if dataset is None:
        seeded(model, configuration.seed)
        shape = (CALIBRATION_PHOTOS, network.resolution, network.resolution, network.channels)
        photos = np.random.default_rng(configuration.seed).integers(0, 256, shape, dtype=np.uint8)
    else:
        train(model, dataset, folder / "training", configuration.seed)
        photos = np.asarray(dataset.train.images[np.arange(CALIBRATION_PHOTOS)])
    metadata = ModelMetadata(
        labels=configuration.labels,
        name=texts.name,
        description=texts.description or "",
        author=texts.author,
        license=texts.license,
        version=texts.version,
        config_hash=texts.config_hash,
    )
    files = export(model, VARIANTS, photos, metadata, folder)  # type: ignore[arg-type]  # they are the same names
    sizes = {str(variant): path.stat().st_size for variant, path in files.items()}
    measured = measure_arena(files["int8_micro"]).bytes
    return sizes if measured is None else {**sizes, "arena": measured}


def train(model: Any, dataset: Dataset, folder: Path, seed: int) -> None:
    """One epoch, as a build trains."""
    import keras

    from builder.config import Training
    from builder.train import fit

    folder.mkdir(parents=True)
    fit(keras, model, dataset, Training(epochs=1), augmenter=None, seed=seed, folder=folder)


def digits(network: Network) -> Dataset:
    """The handwritten digits at a network's resolution."""
    from builder.data import open_source, prepare

    return prepare(open_source("digits"), resolution=network.resolution, channels=network.channels, split_seed=0, bad_share_max=0.0)


def compare(configuration: Configuration) -> dict[str, Pair]:
    """Estimates beside measurements."""
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(configuration, Path(folder), digits(configuration.network) if configuration.trained else None)
    estimated = estimates(configuration)
    return {name: Pair(estimated[name], real) for name, real in measured.items()}


def report(rows: list[tuple[Configuration, dict[str, Pair]]], seconds_per_plan: float) -> str:
    """The table of errors, and what it is made of."""
    lines = ["| figure | networks | exact | median error | largest error | limit |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for name in (*VARIANTS, "arena"):
        pairs = [pairs[name] for _, pairs in rows if name in pairs]
        if pairs:
            errors = [pair.error for pair in pairs]
            limit = LIMIT_ARENA if name == "arena" else LIMIT_FLASH
            exact = sum(pair.estimated == pair.real for pair in pairs)
            figures = f"{statistics.median(errors):.3f} % | {max(errors):.3f} % | {limit} %"
            lines.append(f"| `{name}` | {len(pairs)} | {exact} | {figures} |")
    networks = [configuration.network for configuration, _ in rows]
    trained = sum(configuration.trained for configuration, _ in rows)

    def span(values: list[float]) -> str:
        return f"{min(values):g} to {max(values):g}"

    lines += [
        "",
        f"{len(rows)} random networks, {trained} of them trained for an epoch of digits, the others filled with seeded values: "
        f"alpha {span([network.alpha for network in networks])}, {span([network.resolution for network in networks])} px, "
        f"{span([network.classes for network in networks])} classes, random labels. `arena` is what TensorFlow Lite Micro's "
        "interpreter reports for `int8_micro` on this host, reference kernels.",
        "",
        f"All five sizes and the arena of one network are estimated in {1e6 * seconds_per_plan:.0f} µs.",
    ]
    return "\n".join(lines)


def time_of_a_plan(configurations: list[Configuration]) -> float:
    """Seconds for the estimates of one network that was not asked about before, the median of all."""
    seconds = []
    for configuration in configurations:
        network = configuration.network
        fresh = Network(network.alpha + 1e-4, network.resolution, network.channels, network.classes)
        started = time.perf_counter()
        for variant in VARIANTS:
            flash_bytes(fresh, variant)
        arena(fresh)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def main() -> None:
    """Measures, prints, writes."""
    from results import machine, write_section

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=COUNT, help="networks")
    parser.add_argument("--trained", type=int, default=TRAINED, help="how many of them are trained")
    parser.add_argument("--seed", type=int, default=0, help="draws other networks")
    parser.add_argument("--no-write", action="store_true", help="leave RESULTS.md as it is")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    drawn = configurations(options.count, options.trained, options.seed)
    rows = []
    for configuration in drawn:
        started = time.perf_counter()
        pairs = compare(configuration)
        rows.append((configuration, pairs))
        off = {name: pair.estimated - pair.real for name, pair in pairs.items() if pair.estimated != pair.real}
        taken = time.perf_counter() - started
        trained = ", trained" if configuration.trained else ""
        print(f"{configuration.seed:3} {configuration.network}{trained}: off by {off or 'nothing'} ({taken:.1f} s)", flush=True)
    table = f"{report(rows, time_of_a_plan(drawn))}\n\n{machine()}"
    print(table)
    if not options.no_write:
        write_section(TITLE, table, "python benchmarks/estimates.py")


if __name__ == "__main__":
    main()
