"""The builder against by_hand.py: same photos, split, epochs and warm start, in turn, each a process of its own.

    python benchmarks/side_by_side.py --data ../shared/data/sign_language_digits \
        --init ../shared/models/mobilenet_v1_0.25_224_float.tflite --runs 3

Prints a table with the medians and the ratio builder / by hand, and writes it into RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from results import machine, write_section

HERE = Path(__file__).parent


def lay_out(data: str, folder: Path) -> None:
    """Copies the builder's own split into train/, val/ and test/, so that both sides see the same photos in each."""
    from builder.data import open_source, prepare

    dataset = prepare(open_source(data), resolution=32, channels=3, split_seed=0, bad_share_max=0.1)
    for name, split in (("train", dataset.train), ("val", dataset.validation), ("test", dataset.test)):
        for photo in split.names:
            target = folder / name / photo
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(data) / photo, target)


def save_warm_start(options: argparse.Namespace, photos: Path, path: Path) -> None:
    """The float .tflite as keras.applications' MobileNet without its top: what both sides start from."""
    code = """
import sys
from pathlib import Path
import keras, numpy as np
from builder.architecture import Network, layers
from builder.data import open_source, prepare
from builder.model import build
from builder import warm_start
data, tflite, alpha, resolution, path = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
network = Network(alpha, resolution, 3, 1000)
dataset = prepare(open_source(data), resolution=resolution, channels=3, split_seed=0, bad_share_max=0.1)
model = build(keras, layers(network))
sample = dataset.train.images[np.arange(0, len(dataset.train.images), 8)]
warm_start.apply(keras, model, warm_start.resolve(tflite, network), sample)
by_hand = keras.applications.MobileNet(
    input_shape=(resolution, resolution, 3), alpha=alpha, include_top=False, weights=None, pooling="avg")
for layer in by_hand.layers:
    if layer.weights:
        layer.set_weights(model.get_layer(layer.name).get_weights())
by_hand.save(path)
"""
    words = [photos, options.init, options.alpha, options.resolution, path]
    subprocess.run([sys.executable, "-c", code, *map(str, words)], check=True)


def run_by_hand(options: argparse.Namespace, data: Path, warm_start: Path, folder: Path) -> dict[str, Any]:
    """One run of by_hand.py; the whole job is timed from outside, imports included."""
    command = [
        sys.executable,
        HERE / "by_hand.py",
        *("--data", data, "--init", warm_start, "--exports", folder, "--alpha", options.alpha),
        *("--resolution", options.resolution, "--epochs", options.epochs),
    ]
    started = time.perf_counter()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True)
    return {**json.loads(done.stdout.strip().splitlines()[-1]), "whole_seconds": time.perf_counter() - started}


def run_builder(options: argparse.Namespace, data: Path, warm_start: Path, folder: Path) -> dict[str, Any]:
    """One `builder build`, with nothing in its cache, all variants and all verification."""
    command = [
        sys.executable,
        *("-m", "builder", "build", "--json", "--data", data, "--init", warm_start, "--exports", folder),
        *("--alpha", options.alpha, "--resolution", options.resolution, "--epochs", options.epochs),
    ]
    environment = {**os.environ, "BUILDER_CACHE_DIR": str(folder / "cache")}
    started = time.perf_counter()
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=environment)
    whole = time.perf_counter() - started
    if done.returncode != 0:
        sys.exit(done.stderr)
    report = json.loads(done.stdout)
    stages = report["build"]["seconds"]
    return {
        "epoch_seconds": [epoch["seconds"] for epoch in report["training"]["history"]],
        "train_seconds": stages["train"],
        "export_seconds": stages["export"],
        "accuracy": report["measured"]["keras"]["accuracy"],
        "whole_seconds": whole,
    }


def table(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> str:
    """Medians of both sides and their ratio, run by run."""

    def row(name: str, pick: Any, digits: int = 2) -> str:
        left, right = [pick(run) for run in ours], [pick(run) for run in theirs]
        ratio = statistics.median(a / b for a, b in zip(left, right, strict=True))
        return f"| {name} | {statistics.median(left):.{digits}f} | {statistics.median(right):.{digits}f} | {ratio:.2f} |"

    return "\n".join(
        [
            "| median of the runs | builder | by hand | builder / by hand |",
            "|---|---:|---:|---:|",
            row("training epoch after the first, s", lambda run: statistics.median(run["epoch_seconds"][1:])),
            row("exporting five variants, s", lambda run: run["export_seconds"]),
            row("whole job, s", lambda run: run["whole_seconds"], 1),
            row("test accuracy before export", lambda run: run["accuracy"], 4),
        ]
    )


def main() -> None:
    """Runs both sides in turn and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../shared/data/sign_language_digits")
    parser.add_argument("--init", type=Path, default=Path("../shared/models/mobilenet_v1_0.25_224_float.tflite"))
    parser.add_argument("--alpha", type=float, default=0.25)
    parser.add_argument("--resolution", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        data, warm_start = Path(folder) / "photos", Path(folder) / "warm.keras"
        lay_out(options.data, data)
        save_warm_start(options, data, warm_start)
        ours, theirs = [], []
        for number in range(options.runs):
            theirs.append(run_by_hand(options, data, warm_start, Path(folder) / f"by-hand-{number}"))
            ours.append(run_builder(options, data, warm_start, Path(folder) / f"builder-{number}"))
            print(f"run {number + 1}: by hand {theirs[-1]}, builder {ours[-1]}", file=sys.stderr, flush=True)
    text = (
        f"alpha {options.alpha}, {options.resolution} px, {options.epochs} epochs, {options.runs} runs of each in turn. "
        f"{machine()}\n\n"
        f"The builder's whole job has the verification of every file in it; by hand has none.\n\n{table(ours, theirs)}"
    )
    print(text)
    write_section("Against code written by hand", text, "python benchmarks/side_by_side.py")


if __name__ == "__main__":
    main()
