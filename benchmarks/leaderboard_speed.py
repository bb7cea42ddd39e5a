"""How long `builder leaderboard` takes over many builds: copies of a real build's report, with other settings and figures.

    python benchmarks/leaderboard_speed.py
    python benchmarks/leaderboard_speed.py --build exports/NAME    copies of a finished build of one's own

Without --build a small one of the built-in digits is trained and compressed first. Every tenth copy has the shelf of compressed
files too. Each figure is of a whole process, from its start to its end: the first listing, which makes the index, then listings
with it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builder.architecture import Network
from builder.planner import plan

BUILDS = 10_000
SHELF_EVERY = 10  # one build in so many was compressed
ALPHAS = (0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.6, 0.75, 0.85, 1.0)
RESOLUTIONS = (32, 48, 64, 80, 96, 112, 128, 160, 192, 224)
REPEATS = 5
LIMIT_SECONDS = 2.0
TITLE = "The leaderboard over many builds"


@dataclass(frozen=True, slots=True)
class Taken:
    """A process: seconds on the clock, and of a processor; most memory in MiB."""

    seconds: float
    processor: float
    memory: float


def small_build(folder: Path) -> Path:
    """A real build of the digits, compressed by what trains nothing."""
    subprocess.run(
        [*builder("build"), "--data", "digits", "--resolution", "32", "--epochs", "1", "--exports", str(folder)],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    made = next(path.parent for path in folder.glob("*/report.json"))
    subprocess.run([*builder("compress"), made.name, "--exports", str(folder)], check=True, stdout=subprocess.DEVNULL)
    return made


def builder(command: str) -> list[str]:
    """The command line of this Python."""
    return [sys.executable, "-m", "builder", command]


def copies(build: Path, exports: Path, count: int, seed: int = 0) -> None:
    """Folders as builds of other settings would leave them: each has its own size, compute and accuracy."""
    report, described = (json.loads((build / name).read_text()) for name in ("report.json", "build.json"))
    shelf = build / "compressed" / "matrix.json"
    draw = random.Random(seed)
    plans: dict[tuple[float, int], dict[str, Any]] = {}
    for number in range(count):
        alpha, resolution = draw.choice(ALPHAS), draw.choice(RESOLUTIONS)
        if (alpha, resolution) not in plans:
            network = Network(alpha, resolution, report["predicted"]["channels"], report["predicted"]["classes"])
            plans[alpha, resolution] = plan(network).to_json()
        varied(report, plans[alpha, resolution], number, draw)
        identity = f"{number:010x}"
        folder = exports / f"copy-a{alpha:g}-r{resolution}-{identity}"
        folder.mkdir(parents=True)
        title = {"id": identity, "title": f"copy-a{alpha:g}-r{resolution} seed {number}", "created": described["created"] + number}
        (folder / "build.json").write_text(json.dumps(described | title))
        (folder / "report.json").write_text(json.dumps(report, indent=2))
        if number % SHELF_EVERY == 0 and shelf.exists():
            (folder / "compressed").mkdir()
            shutil.copy(shelf, folder / "compressed" / "matrix.json")


def varied(report: dict[str, Any], planned: dict[str, Any], seed: int, draw: random.Random) -> None:
    """Puts other settings and figures into a report: sizes and compute as planned, accuracy that grows with compute, and noise."""
    report["predicted"] = planned
    report["seeds"]["seed"] = seed
    photos = report["measured"]["keras"]["images"]
    usual = 0.99 - 0.9 * math.exp(-math.log10(planned["multiply_adds"] / 3e4))
    for variant, made in report["measured"]["variants"].items():
        expected = planned["variants"][variant]
        made["flash_bytes"] = expected["flash_bytes"]
        made["accuracy"] = round(photos * min(1.0, max(0.0, draw.gauss(usual, 0.02)))) / photos
        made["multiply_adds"], made["parameters"] = planned["multiply_adds"], planned["parameters"]
        if made["arena_bytes"] is not None:
            made["arena_bytes"] = expected["arena_bytes"] or 4 * expected["flash_bytes"]
        made["latency_ms"] = planned["multiply_adds"] / 1e7 * draw.uniform(0.9, 1.3)


def taken(arguments: list[str]) -> Taken:
    """One process, its output thrown away."""
    began = time.perf_counter()
    process = subprocess.Popen([*builder("leaderboard"), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise RuntimeError(f"builder leaderboard {' '.join(arguments)} ended with {status}")
    process.returncode = 0
    return Taken(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def median(arguments: list[str], repeats: int) -> Taken:
    """The medians of some, and the most memory that any took."""
    runs = [taken(arguments) for _ in range(repeats)]
    return Taken(
        statistics.median(run.seconds for run in runs),
        statistics.median(run.processor for run in runs),
        max(run.memory for run in runs),
    )


def touched(exports: Path, count: int) -> None:
    """Makes some reports newer, as builds that were made anew would."""
    for folder in sorted(exports.glob("copy-*"))[:count]:
        (folder / "report.json").touch()


def measure(exports: Path, count: int, repeats: int, output: Path) -> list[tuple[str, Taken]]:
    """All figures, in the order of the table."""
    place = str(exports)
    rows = [("the first time: every report is read, the index is made", taken([place]))]
    rows.append(("again", median([place], repeats)))
    rows.append(
        ("`--where 'flash<=300KiB and arena<=128KiB'`", median([place, "--where", "flash<=300KiB and arena<=128KiB"], repeats))
    )
    rows.append((f"`--limit {count}`: all rows on stdout", median([place, "--limit", str(count)], repeats)))
    rows.append(("`--json`: all rows", median([place, "--json"], repeats)))
    rows.append(("`--csv FILE`", median([place, "--csv", str(output / "board.csv")], repeats)))
    rows.append(("`--every-file`", median([place, "--every-file"], repeats)))
    rows.append(
        ("`--html FILE --png FILE`", taken([place, "--html", str(output / "board.html"), "--png", str(output / "board.png")]))
    )
    touched(exports, 100)
    rows.append(("after 100 reports changed", taken([place])))
    return rows


def main() -> None:
    """Measures, prints, writes."""
    from results import machine, write_section

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--builds", type=int, default=BUILDS, help="copies")
    parser.add_argument("--build", type=Path, help="a finished build to copy")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="processes a figure, of which the median counts")
    parser.add_argument("--no-write", action="store_true", help="leave RESULTS.md as it is")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        exports = Path(place, "exports")
        copies(options.build or small_build(Path(place, "one")), exports, options.builds)
        rows = measure(exports, options.builds, options.repeats, Path(place))
        index = (exports / ".leaderboard.sqlite").stat().st_size / 2**20
    load = os.getloadavg()[1]
    lines = ["| `builder leaderboard`, the whole process | time | of a processor | peak memory |", "|---|---:|---:|---:|"]
    lines += [f"| {name} | {run.seconds:.2f} s | {run.processor:.2f} s | {run.memory:.0f} MiB |" for name, run in rows]
    again = rows[1][1].seconds
    text = "\n".join(
        [
            *lines,
            "",
            f"{options.builds:,} builds, copies of a real one with other settings and figures, one in {SHELF_EVERY} of them with "
            f"the files of the shelf. Median of {options.repeats} processes with the index; those that make or renew it, or draw, "
            f"ran once. Limit: {LIMIT_SECONDS:g} s with the index, {'kept' if again <= LIMIT_SECONDS else 'NOT KEPT'}. The index "
            f"takes {index:.1f} MiB.",
            "",
            f"{machine()} {load:.1f} processes on average wanted a processor meanwhile.",
        ]
    )
    print(text)
    if not options.no_write:
        write_section(TITLE, text, "python benchmarks/leaderboard_speed.py")


if __name__ == "__main__":
    main()
