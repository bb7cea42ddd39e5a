"""What a batch of twelve builds takes, beside the same twelve as separate commands in turn.

    python benchmarks/batch_grid.py --workers 2

3 alphas x 2 resolutions x 2 seeds of the built-in digits. The two ways take turns, a shape at a time, so that both meet the same
machine: the separate builds of the first half, the batch, the separate builds of the second half. Then single builds with as many
threads as a worker has are held against the batch's, byte by byte.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from results import machine, write_section

from builder.batch.file import Batch
from builder.batch.workers import workers

ALPHAS, RESOLUTIONS, SEEDS = (0.1, 0.25, 0.5), (32, 48), (0, 1)
LIMIT = 0.65  # of the separate commands' time
SAME_BYTES_CELLS = 3  # single builds with a worker's threads, one of each alpha


@dataclass(frozen=True, slots=True)
class Cell:
    """One of the twelve."""

    alpha: float
    resolution: int
    seed: int

    def options(self, epochs: int) -> list[str]:
        """For `builder build`."""
        values = {"alpha": self.alpha, "resolution": self.resolution, "seed": self.seed, "epochs": epochs}
        return [text for name, value in values.items() for text in (f"--{name}", str(value))]


def main() -> None:
    """Measures, compares, writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    cells = [Cell(alpha, resolution, seed) for alpha in ALPHAS for resolution in RESOLUTIONS for seed in SEEDS]
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        single = Place(folder / "single")
        half = len(cells) // 2
        seconds = [single.built(cell, options.epochs) for cell in cells[:half]]
        batch = Place(folder / "batch")
        batch_seconds, record = batch.batched(batch_of(options.epochs), options.workers)
        seconds += [single.built(cell, options.epochs) for cell in cells[half:]]
        same = SameBytes.of(folder / "threads", cells, options, record)
        share = batch_seconds / sum(seconds)
        summary = (
            f"{len(cells)} builds of digits (alpha {', '.join(map(str, ALPHAS))}; {' and '.join(map(str, RESOLUTIONS))} px; two "
            f"seeds), {options.epochs} epochs each, every one with all five files, verification and its zip: {sum(seconds):.0f} s "
            f"as separate commands in turn, {batch_seconds:.0f} s as one batch on {options.workers} workers: {share:.2f} of the "
            f"time (aim: {LIMIT})."
        )
        lines = [
            "| cell | separate command | in the batch | test accuracy of int8, separate | in the batch |",
            "|---|---:|---:|---:|---:|",
        ]
        for number, (cell, took) in enumerate(zip(cells, seconds, strict=True)):
            made = record["cells"][number]
            lines.append(
                f"| alpha {cell.alpha:g}, {cell.resolution} px, seed {cell.seed} | {took:.1f} s | {made['took']:.1f} s | "
                f"{single.accuracy(cell):.4f} | {made['outcome']['test_accuracy']:.4f} |"
            )
        tests = sum(single.accuracy(cell) for cell in cells) / len(cells)
        batched = sum(made["outcome"]["test_accuracy"] for made in record["cells"]) / len(cells)
        mean = f"Mean test accuracy of int8: {tests:.3f} of the separate builds, {batched:.3f} of the batch's."
        text = "\n".join([summary, "", *lines, "", mean, "", same.sentence, "", machine()])
        print(text)
        write_section(
            "A batch beside separate builds",
            text,
            f"python benchmarks/batch_grid.py --workers {options.workers} --epochs {options.epochs}",
        )
        sys.exit(0 if share <= LIMIT and same.count == same.of_count else 1)


@dataclass(frozen=True, slots=True)
class SameBytes:
    """Whether single builds with a worker's threads give the batch's files."""

    count: int
    of_count: int

    @classmethod
    def of(cls, folder: Path, cells: list[Cell], options: argparse.Namespace, record: dict[str, Any]) -> SameBytes:
        """Builds some cells alone, with the environment of a worker."""
        place = Place(folder, workers(options.workers).environments[0])
        chosen = range(0, len(cells), len(cells) // SAME_BYTES_CELLS)
        count = 0
        for number in chosen:
            place.built(cells[number], options.epochs)
            of_batch = json.loads((Path(record["cells"][number]["folder"]) / "report.json").read_text())
            count += hashes(place.reports[cells[number]]) == hashes(of_batch)
        return cls(count, len(chosen))

    @property
    def sentence(self) -> str:
        """For people."""
        return (
            f"Single builds with as many threads as a worker has: {self.count} of {self.of_count} gave the batch's five files byte "
            "by byte. (With more threads sums are rounded in another order, so weights differ in their last digits.)"
        )


class Place:
    """Exports, cache and slots of one way to build, so that it starts with nothing."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.environment = os.environ | (environment or {})
        self.environment |= {"BUILDER_CACHE_DIR": str(folder / "cache"), "BUILDER_STATE_DIR": str(folder / "state")}
        self.reports: dict[Cell, dict[str, Any]] = {}
        folder.mkdir()

    def built(self, cell: Cell, epochs: int) -> float:
        """Seconds of one `builder build`."""
        command = ["build", "--data", "digits", "--json", "--exports", str(self.folder / "exports"), *cell.options(epochs)]
        seconds, out = self.run(command)
        self.reports[cell] = json.loads(out)
        print(f"{cell}: {seconds:.1f} s", file=sys.stderr, flush=True)
        return seconds

    def batched(self, batch: Batch, count: int) -> tuple[float, dict[str, Any]]:
        """Seconds of one `builder batch`, and its record."""
        file = self.folder / "batch.yaml"
        file.write_text(batch.to_yaml())
        command = ["batch", str(file), "--workers", str(count), "--json", "--exports", str(self.folder / "exports")]
        seconds, out = self.run(command)
        print(f"batch: {seconds:.1f} s", file=sys.stderr, flush=True)
        return seconds, json.loads(out)

    def run(self, command: list[str]) -> tuple[float, str]:
        """Runs a command to its end."""
        began = time.perf_counter()
        ended = subprocess.run([sys.executable, "-m", "builder", *command], env=self.environment, capture_output=True, text=True)
        if ended.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit {ended.returncode}\n{ended.stderr}")
        return time.perf_counter() - began, ended.stdout

    def accuracy(self, cell: Cell) -> float:
        """Of the int8 file on the test photos."""
        return float(self.reports[cell]["measured"]["variants"]["int8"]["accuracy"])


def batch_of(epochs: int) -> Batch:
    """The same twelve."""
    return Batch(
        name="twelve",
        base={"data": "digits", "training": {"epochs": epochs}},
        grid={"alpha": list(ALPHAS), "resolution": list(RESOLUTIONS), "seed": list(SEEDS)},
        exports={"bundle": True},
    )


def hashes(report: dict[str, Any]) -> dict[str, str]:
    """sha256 of each .tflite."""
    return {name: variant["sha256"] for name, variant in report["measured"]["variants"].items()}


if __name__ == "__main__":
    main()
