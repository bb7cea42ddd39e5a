"""Twenty kill -9 of a batch's driver at random moments, each followed by the same command: the set must come out as if undisturbed.

python benchmarks/batch_kills.py --kills 20
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from results import machine, write_section

CELLS = 4
EPOCHS = 2
BATCH = f"""\
name: kills
base: {{data: digits, alpha: 0.1, resolution: 32, training: {{epochs: {EPOCHS}}}}}
grid: {{seed: [{", ".join(map(str, range(CELLS)))}]}}
exports: {{variants: [int8, int8_micro]}}
"""
ORPHANS_SECONDS = 3.0  # by then a dead driver's workers are gone, too


@dataclass(frozen=True, slots=True)
class Place:
    """Exports, cache and slots of one batch."""

    folder: Path

    @property
    def exports(self) -> Path:
        return self.folder / "exports"

    def start(self, workers: int) -> subprocess.Popen[bytes]:
        """The same command every time."""
        self.folder.mkdir(exist_ok=True)
        file = self.folder / "batch.yaml"
        file.write_text(BATCH)
        places = {"BUILDER_CACHE_DIR": str(self.folder / "cache"), "BUILDER_STATE_DIR": str(self.folder / "state")}
        command = [sys.executable, "-m", "builder", "batch", str(file), "--workers", str(workers), "--exports", str(self.exports)]
        with (self.folder / "said.txt").open("ab") as said:
            return subprocess.Popen(command, env={**os.environ, **places}, stdout=said, stderr=said)

    def finished(self) -> dict[str, str]:
        """The int8 file's hash of every finished build, by its folder."""
        found = {}
        for path in self.exports.glob("*/report.json"):
            report = json.loads(path.read_text())
            found[path.parent.name] = str(report["measured"]["variants"]["int8"]["sha256"])
        return found

    def stamps(self) -> dict[str, int]:
        """When each finished build was finished: one that is done again has another time."""
        return {path.parent.name: path.stat().st_mtime_ns for path in self.exports.glob("*/report.json")}


def main() -> None:
    """Kills, goes on, compares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0, help="draws the moments")
    options = parser.parse_args()
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as text:
        undisturbed = Place(Path(text) / "undisturbed")
        began = time.perf_counter()
        if undisturbed.start(options.workers).wait() != 0:
            sys.exit((undisturbed.folder / "said.txt").read_text())
        seconds = time.perf_counter() - began
        wanted = undisturbed.finished()
        print(f"undisturbed: {seconds:.0f} s, {len(wanted)} builds", file=sys.stderr, flush=True)
        kills, batches, again, orphans, same = 0, 0, 0, 0, 0
        while kills < options.kills:
            batches += 1
            place = Place(Path(text) / f"batch-{batches}")
            while True:
                before = place.stamps() if place.exports.exists() else {}
                driver = place.start(options.workers)
                # At most half of what an undisturbed run takes, so that a batch is killed several times before it is done.
                moment = moments.uniform(0.2, seconds / 2)
                due = kills < options.kills
                try:
                    code: int | None = driver.wait(moment if due else None)
                except subprocess.TimeoutExpired:
                    code = None
                again += sum(place.stamps().get(name) != stamp for name, stamp in before.items())
                if code is not None:
                    if code != 0:
                        sys.exit(f"exit {code}\n{(place.folder / 'said.txt').read_text()}")
                    break
                driver.send_signal(signal.SIGKILL)
                driver.wait()
                kills += 1
                time.sleep(ORPHANS_SECONDS)
                orphans += len(workers_of(place))
                print(f"kill {kills} after {moment:.1f} s: {len(place.stamps())} of {CELLS} done", file=sys.stderr, flush=True)
            same += place.finished() == wanted
        text = (
            f"A batch of {CELLS} builds on {options.workers} workers, its driver killed with -9 after a random time, {kills} times "
            f"in all, each time followed by the same command: {batches} batches came to their end, {same} of them with exactly the "
            f"builds and the int8 bytes of a batch that nobody disturbed. Finished builds that were done again: {again}. Worker "
            f"processes alive {ORPHANS_SECONDS:g} s after their driver's death: {orphans}.\n\n{machine()}"
        )
        print(text)
        write_section("A batch's driver killed with -9", text, f"python benchmarks/batch_kills.py --kills {options.kills}")
        sys.exit(0 if same == batches and not again and not orphans else 1)


def workers_of(place: Place) -> list[int]:
    """Processes that work for a batch, by the places in their environment."""
    mark = f"BUILDER_STATE_DIR={place.folder / 'state'}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
        except (OSError, ValueError):
            continue
    return found


if __name__ == "__main__":
    main()
