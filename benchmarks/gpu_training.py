"""Training on a GPU: how fast, beside code written by hand, and what becomes of kills, scarce memory and the card afterwards.

    KERAS_BACKEND=jax python benchmarks/gpu_training.py

Needs an NVIDIA GPU and Keras on JAX; TensorFlow is not imported. Photos are made up: ten classes of stripes under uneven light.
Every part is a process of its own. With --facts FILE what is measured is kept there, and what is there already is not measured
again. --alpha and --resolution choose one network instead of two, so that the script itself can be tried on a CPU.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import ChainMap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from results import machine, write_section

from builder.architecture import Network, layers
from builder.config import Training
from builder.data import Augmenter
from builder.events import Emit, silent

TITLE = "Training on a GPU"
CLASSES = 10
VALIDATION = 256
Networks = tuple[tuple[float, int], ...]
NETWORKS: Networks = ((0.25, 128), (1.0, 224))
CELLS = (("auto", 32), ("auto", 256), ("float32", 32), ("float32", 256))

EPOCHS_EACH = 3  # timed of each kind, after one that compiles

# A step of 1,024 photos at alpha 0.25, 128 px and float32 was seen to ask for 1.5 GiB after XLA had saved what it can, one of
# 512 for 0.9 GiB before that.
SCARCE_MIB = 1200
ABSURD_BATCH = 1024


@dataclass(frozen=True, slots=True)
class Split:
    """Photos and labels in memory."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Photos:
    """What training needs of a dataset."""

    train: Split
    validation: Split
    classes: tuple[str, ...] = tuple(f"angle {number}" for number in range(CLASSES))
    fingerprint: str = "stripes"


def made_up(count: int, resolution: int, seed: int = 0) -> Photos:
    """Seeded photos: each class is an angle of stripes, of any width, phase, tint and light, with noise."""
    rng = np.random.default_rng(seed)

    def split(number: int) -> Split:
        labels = (np.arange(number) % CLASSES).astype(np.int32)
        images = np.stack([photo(rng, int(label), resolution) for label in labels])
        return Split(images, labels)

    return Photos(split(count), split(VALIDATION))


def photo(rng: np.random.Generator, label: int, resolution: int) -> NDArray[np.uint8]:
    """uint8 (resolution, resolution, 3)."""
    across = np.linspace(-1, 1, resolution, dtype=np.float32)
    angle = np.pi * (label + rng.uniform(-0.2, 0.2)) / CLASSES
    along = across[:, None] * np.float32(np.sin(angle)) + across * np.float32(np.cos(angle))
    stripes = np.sin(along * np.float32(rng.uniform(12, 20)) + np.float32(rng.uniform(0, 6)))
    light = 110 + 40 * (across[:, None] * rng.uniform(-1, 1) + across * rng.uniform(-1, 1))
    tint = rng.uniform(20, 60, 3).astype(np.float32)
    noise = rng.integers(-25, 25, (resolution, resolution, 3), dtype=np.int8)
    made: NDArray[np.float64] = light[..., None] + stripes[..., None] * tint + noise
    return np.clip(made, 0, 255).astype(np.uint8)


class EveryOtherEpoch:
    """An augmenter in odd epochs, nothing in even ones: both are then timed with the same compiled step."""

    def __init__(self) -> None:
        self.augmenter = Augmenter("medium", mirror=True, seed=0)

    def __call__(self, images: NDArray[np.uint8], indices: NDArray[np.int64], epoch: int) -> NDArray[np.uint8]:
        return self.augmenter(images, indices, epoch) if epoch % 2 else images


def fitted(
    photos: Photos, alpha: float, resolution: int, training: Training, augmenter: Any, folder: Path, emit: Emit
) -> dict[str, Any]:
    """The builder's own training, from scratch."""
    import keras

    from builder.model import build
    from builder.train import fit

    model = build(keras, layers(Network(alpha, resolution, 3, CLASSES)))
    result = fit(keras, model, photos, training, augmenter=augmenter, seed=0, folder=folder, emit=emit)
    return {**result.to_json(), "batch_size": result.recipe.batch_size, "policy": result.devices.policy}


def builder_speed(photos: Photos, alpha: float, resolution: int, dtype: str, batch: int) -> dict[str, float]:
    """Photos a second with and without augmentation, and those that the pipeline makes when nothing is trained."""
    from builder.train.batches import Feed

    training = Training(epochs=1 + 2 * EPOCHS_EACH, batch_size=batch, dtype=dtype, patience=100)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        history = fitted(photos, alpha, resolution, training, EveryOtherEpoch(), Path(folder), silent)["history"]
    speeds = {epoch["epoch"]: epoch["images_per_second"] for epoch in history[1:]}
    feed = Feed(photos.train, CLASSES, batch, 0, EveryOtherEpoch())
    began = time.perf_counter()
    made = sum(len(images) for images, _ in feed.training(1))
    return {
        "augmented": statistics.median(speed for epoch, speed in speeds.items() if epoch % 2),
        "plain": statistics.median(speed for epoch, speed in speeds.items() if epoch % 2 == 0),
        "pipeline": made / (time.perf_counter() - began),
        "first_epoch_seconds": history[0]["seconds"],
    }


def by_hand_speed(photos: Photos, alpha: float, resolution: int, dtype: str, batch: int) -> float:
    """Photos a second of Keras's own MobileNet with Keras's own fit on arrays, as its guides show."""
    import keras

    class EpochTimes(keras.callbacks.Callback):  # type: ignore[misc]
        """Seconds of each epoch."""

        def on_epoch_begin(self, *_: Any) -> None:
            self.started = time.perf_counter()

        def on_epoch_end(self, *_: Any) -> None:
            seconds.append(time.perf_counter() - self.started)

    seconds: list[float] = []
    on_gpu = keras.backend.backend() == "jax" and accelerated()
    keras.mixed_precision.set_global_policy("mixed_float16" if dtype == "auto" and on_gpu else "float32")
    shape = (resolution, resolution, 3)
    base = keras.applications.MobileNet(input_shape=shape, alpha=alpha, include_top=False, weights=None, pooling="avg")
    inputs = keras.Input(shape)
    features = base(keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(CLASSES, activation="softmax", dtype="float32")(features))
    model.compile(keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        photos.train.images,
        photos.train.labels,
        batch_size=batch,
        epochs=1 + EPOCHS_EACH,
        callbacks=[EpochTimes()],
        verbose=0,
    )
    keras.mixed_precision.set_global_policy("float32")
    return len(photos.train.labels) / statistics.median(seconds[1:])


def accelerated() -> bool:
    """Whether JAX sees a GPU."""
    from builder.train.devices import accelerators

    return bool(accelerators("jax"))


def speed_part(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """One network in each precision and batch: both sides in one process, one after the other."""
    photos = made_up(options.photos, options.resolution)
    for dtype, batch in CELLS:
        cell = (photos, options.alpha, options.resolution, dtype, batch)
        found: dict[str, Any] = {"by_hand": by_hand_speed(*cell)}
        found |= builder_speed(*cell)
        gc.collect()
        yield {f"{options.alpha:g} {options.resolution} {dtype} {batch}": found}


def learning_part(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """A training that is killed in its second epoch when --kill is given; else it ends."""
    photos = made_up(options.photos, options.resolution)

    def emit(event: str, /, **values: Any) -> None:
        if options.kill and event == "step" and values["epoch"] == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    training = Training(epochs=8, batch_size=32)
    augmenter = Augmenter("medium", mirror=False, seed=0)
    result = fitted(photos, options.alpha, options.resolution, training, augmenter, options.folder, emit)
    scores = {epoch["epoch"]: epoch["val_accuracy"] for epoch in result["history"]}
    yield {
        "resumed_after": result["resumed_after"],
        "accuracies": list(scores.values()),
        "best": scores[result["best_epoch"]],
        "policy": result["policy"],
        "held_mib": gpu_mib(),
    }


def scarce_part(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """A batch that does not fit: what is said, and with which batch the training ends."""
    photos = made_up(ABSURD_BATCH, options.resolution)
    said: list[str] = []

    def emit(event: str, /, **values: Any) -> None:
        if event in ("note", "warning"):
            said.append(values["message"])

    training = Training(epochs=2, batch_size=ABSURD_BATCH, dtype="float32")
    result = fitted(photos, options.alpha, options.resolution, training, None, options.folder, emit)
    yield {"said": said, "batch_size": result["batch_size"], "epochs": len(result["history"])}


PARTS = {"speed": speed_part, "learning": learning_part, "scarce": scarce_part}


def gpu_mib() -> int | None:
    """MiB of the first card's memory that are taken; None without a card."""
    answer = nvidia_smi("memory.used")
    return int(answer) if answer else None


def nvidia_smi(field: str) -> str:
    """One figure of the first card; empty without one."""
    try:
        query = ["nvidia-smi", f"--query-gpu={field}", "--format=csv,noheader,nounits"]
        return subprocess.run(query, capture_output=True, text=True, check=True).stdout.splitlines()[0].strip()
    except (OSError, subprocess.CalledProcessError, IndexError):
        return ""


def settled_mib() -> int | None:
    """As `gpu_mib`, a second after a process ended: the driver takes that long to count."""
    time.sleep(1)
    return gpu_mib()


def run_part(part: str, environment: dict[str, str] | None = None, **options: Any) -> Iterator[dict[str, Any]]:
    """A part in a process of its own, whose lines are its answers. One that fails says so; one that is killed says nothing."""
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-W", "ignore", __file__, "--part", part, *words]
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True, env=os.environ | (environment or {})) as child,
    ):
        assert child.stdout is not None
        yield from map(json.loads, child.stdout)
        if child.wait() not in (0, -signal.SIGKILL):
            said.seek(0)
            yield {"failed": said.read()[-3000:]}


def together(answers: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """All answers as one."""
    return dict(ChainMap(*answers))


def killed_and_resumed(photos: int, **network: Any) -> dict[str, Any]:
    """A training that is killed, the same again to its end, and the card's memory before, between and after."""
    with tempfile.TemporaryDirectory() as folder:
        common = {**network, "photos": photos, "folder": folder}
        found: dict[str, Any] = {"before_mib": gpu_mib()}
        together(run_part("learning", kill=1, **common))
        found["after_kill_mib"] = settled_mib()
        found |= together(run_part("learning", **common))
        return {**found, "after_mib": settled_mib()}


def short_of_memory(**network: Any) -> dict[str, Any]:
    """A batch that does not fit into the share of the card that JAX may take."""
    share = SCARCE_MIB / int(nvidia_smi("memory.total") or SCARCE_MIB)
    with tempfile.TemporaryDirectory() as folder:
        scarcity = {"XLA_PYTHON_CLIENT_MEM_FRACTION": f"{share:.5f}"}
        return together(run_part("scarce", scarcity, **network, folder=folder))


def measure(options: argparse.Namespace, networks: Networks, facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Runs what the facts lack; yields what is found."""
    alpha, resolution = networks[0]
    yield {
        "machine": machine(),
        "gpu": nvidia_smi("name"),
        "versions": ", ".join(f"{name} {version(name)}" for name in ("keras", "jax")),
    }
    if "learning" not in facts:
        yield {"learning": killed_and_resumed(options.photos, alpha=alpha, resolution=resolution)}
    if "scarce" not in facts:
        yield {"scarce": short_of_memory(alpha=alpha, resolution=resolution)}
    for alpha, resolution in networks:
        if any(name not in facts for name in names((alpha, resolution))):
            yield from run_part("speed", alpha=alpha, resolution=resolution, photos=options.photos)


def names(network: tuple[float, int]) -> list[str]:
    """The facts of a network's speed."""
    return [f"{network[0]:g} {network[1]} {dtype} {batch}" for dtype, batch in CELLS]


def text(facts: dict[str, Any], networks: Networks, photos: int) -> str:
    """The section."""
    rows = [row(name, facts[name]) for network in networks for name in names(network) if name in facts]
    return "\n".join(
        [
            f"{facts['gpu'] or 'No GPU'}, {facts['versions']}. {facts['machine']}",
            "",
            f"Training alone, photos a second, {photos:,} photos of {CLASSES} classes: the median of {EPOCHS_EACH} epochs after "
            "the first. `augmented`: with the builder's augmentation (medium). `pipeline`: what the photos' threads make on their "
            "own, nothing trained. `waits`: the share of an augmented epoch that augmentation adds. `by hand`: "
            "`keras.applications.MobileNet` and one `model.fit` on the same arrays, same batch and precision, no augmentation. The "
            "builder starts a `fit` each epoch, to keep a checkpoint, and that start is in its figures.",
            "",
            "| alpha | px | precision | batch | augmented | pipeline | waits | not augmented | by hand | not augmented / by hand |",
            "|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|",
            *rows,
            "",
            *missing(facts, networks),
            *learned(facts["learning"], networks[0]),
            *memory_ran_out(facts.get("scarce", {})),
        ]
    )


def missing(facts: dict[str, Any], networks: Networks) -> list[str]:
    """What a run that was cut off left out."""
    left = [name for network in networks for name in names(network) if name not in facts]
    left += [] if "batch_size" in facts.get("scarce", {}) else ["a batch that does not fit into the memory"]
    return [f"Not measured (alpha, px, precision, batch): {'; '.join(left)}.", ""] if left else []


def learned(learning: dict[str, Any], network: tuple[float, int]) -> list[str]:
    """What the training that was killed says."""
    accuracies = " · ".join(f"{accuracy:.3f}" for accuracy in learning["accuracies"])
    return [
        f"- It learns: validation accuracy by epoch {accuracies} (alpha {network[0]}, {network[1]} px, {learning['policy']}, from "
        "scratch).",
        f"- kill -9 in the second epoch: the same training then went on after epoch {learning['resumed_after']}.",
        f"- Memory of the card in use: {learning['before_mib']} MiB before, {learning['held_mib']} MiB while it trained, "
        f"{learning['after_kill_mib']} MiB after the kill, {learning['after_mib']} MiB after the end.",
    ]


def memory_ran_out(scarce: dict[str, Any]) -> list[str]:
    """What the training with too large a batch says; nothing where it was cut off."""
    if "batch_size" not in scarce:
        return []
    return [
        f"- A batch of {ABSURD_BATCH:,} photos in {SCARCE_MIB:,} MiB of the card's memory: {' '.join(scarce['said'])} It ended "
        f"with batches of {scarce['batch_size']} after {scarce['epochs']} epochs."
    ]


def row(name: str, found: dict[str, float]) -> str:
    """One line of the table."""
    alpha, resolution, dtype, batch = name.split()
    waits = max(0.0, 1 - found["augmented"] / found["plain"])
    precision = "mixed_float16 (auto)" if dtype == "auto" else dtype
    return (
        f"| {alpha} | {resolution} | {precision} | {batch} | {found['augmented']:,.0f} | "
        f"{found['pipeline']:,.0f} | {waits:.0%} | {found['plain']:,.0f} | {found['by_hand']:,.0f} | "
        f"{found['plain'] / found['by_hand']:.2f} |"
    )


def main() -> None:
    """Runs one part, or all of them one by one and writes the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=Path, help="a JSON file of what is measured already")
    parser.add_argument("--photos", type=int, default=2048)
    parser.add_argument("--alpha", type=float)
    parser.add_argument("--resolution", type=int)
    for name, kind in (("part", str), ("kill", int), ("folder", Path)):
        parser.add_argument(f"--{name}", type=kind, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        for answer in PARTS[options.part](options):
            print(json.dumps(answer), flush=True)
        return
    if os.environ.get("KERAS_BACKEND") != "jax":
        sys.exit("This benchmark trains on JAX. Set KERAS_BACKEND=jax.")
    networks = NETWORKS if options.alpha is None else ((options.alpha, options.resolution),)
    facts: dict[str, Any] = json.loads(options.facts.read_text()) if options.facts and options.facts.exists() else {}
    for found in measure(options, networks, dict(facts)):
        print(found, file=sys.stderr, flush=True)
        facts |= found
        if options.facts:
            options.facts.write_text(json.dumps(facts, indent=1))
    section = text(facts, networks, options.photos)
    print(section)
    if facts["gpu"]:
        write_section(TITLE, section, "KERAS_BACKEND=jax python benchmarks/gpu_training.py")


if __name__ == "__main__":
    main()
