"""What one driver costs: planning, time and memory by the number of cells, and what a build weighs. The figures of docs/scale.md.

    python benchmarks/batch_scale.py

Planning and its memory are those of the real command. The driver's loop runs with workers that answer at once with as many events
as a build of twenty epochs tells, so all of its time is the driver's own. It runs again, in a process of its own, beside the record
and the events of the first run, in which every cell is done; the builds were never on the disk, so all are built once more.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from results import machine, write_section

from builder.batch.crew import Told
from builder.batch.task import Task

EPOCHS, STEPS, STAGES = 20, 30, 8  # events of a build: epochs, one step a second, stages
DRY_RUN_SECONDS, MEMORY_MIB = 5.0, 300.0  # limits
PLAN = """\
name: plan
base: {data: digits}
grid:
  alpha: [ALPHAS]
  resolution: [RESOLUTIONS]
  seed: [SEEDS]
"""
SMALL = """\
name: loop
base: {data: digits, alpha: 0.1, resolution: 32, training: {epochs: 20}}
repeat: CELLS
"""


class Instant:
    """A crew whose builds are done as soon as they are given."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.busy: dict[int, Task] = {}

    def free(self) -> list[int]:
        return [number for number in range(1, self.size + 1) if number not in self.busy]

    def place(self, worker: int) -> str:  # noqa: ARG002 - there is one
        return ""

    def give(self, worker: int, task: Task) -> None:
        self.busy[worker] = task

    def stop(self, worker: int) -> None:
        self.busy.pop(worker)

    def replace(self, worker: int) -> None:
        pass

    def heard(self, seconds: float) -> Sequence[Told]:  # noqa: ARG002 - nothing is waited for
        told = []
        for worker, task in self.busy.items():
            told += [Told(worker, {"number": task.number, **values}) for values in events()]
        self.busy.clear()
        return told

    def close(self) -> None:
        pass


def events() -> list[dict[str, Any]]:
    """What a worker says of one build."""
    from builder.batch.outcome import Outcome

    stages = [{"event": "stage", "stage": "train", "state": "start"}] * STAGES
    steps = [{"event": "step", "epoch": 1, "step": 1, "loss": 1.0}] * STEPS
    epochs = [{"event": "epoch", "epoch": epoch, "epochs": EPOCHS, "val_accuracy": 0.9} for epoch in range(1, EPOCHS + 1)]
    outcome = Outcome("int8", 0.9, 0.9, 256_986, 43_904, 7_489_664, 210_850, 1.0, EPOCHS, 60.0)
    done = {"event": "result", "state": "done", "folder": "exports/digits", "outcome": outcome.to_json()}
    return [*stages, *steps, *epochs, done]


def loop(cells: int, folder: Path) -> dict[str, float]:
    """The driver's own time for so many builds, in this process; planning is not counted in it."""
    from contextlib import contextmanager

    from builder.batch import running
    from builder.batch.file import Batch
    from builder.batch.options import Options
    from builder.batch.planning import plan_batch
    from builder.events import silent

    @contextmanager
    def instant(*_: Any) -> Any:
        yield Instant(64)

    vars(running)["crew_of"] = instant  # the real thing starts processes
    batch = Batch.from_yaml(SMALL.replace("CELLS", str(cells)), "loop")
    plans = [plan_batch(batch, folder / "exports", emit=silent)]  # given away below, as the command does: nobody else keeps it
    with running.held_folder(batch, folder / "exports") as place:
        began = time.process_time()
        record = running.run(batch, plans.pop(), place, Options())
        seconds = time.process_time() - began
    assert record.counts == {"done": cells}, record.counts
    return {"seconds": seconds, "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def looped(cells: int, folder: Path) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--loop", str(cells), "--folder", str(folder)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(out.splitlines()[-1])
    print(cells, found, file=sys.stderr, flush=True)
    return found


def planned(cells: int, folder: Path) -> dict[str, float]:
    """Wall time and memory of a dry run of so many different designs."""
    designs = {10_000: (100, 100, 1), 99_900: (300, 333, 1)}[cells]
    alphas = ", ".join(f"{0.1 + 0.004 * number:.3f}" for number in range(designs[0]))
    resolutions = ", ".join(str(32 + number) for number in range(designs[1]))
    file = folder / f"plan-{cells}.yaml"
    file.write_text(PLAN.replace("ALPHAS", alphas).replace("RESOLUTIONS", resolutions).replace("SEEDS", "0"))
    command = [sys.executable, "-m", "builder", "batch", str(file), "--dry-run", "--exports", str(folder / "exports")]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(command)}: exit {os.waitstatus_to_exitcode(status)}")
    return {"seconds": time.perf_counter() - began, "memory_mib": usage.ru_maxrss / 1024}


def build_bytes(folder: Path) -> dict[str, int]:
    """What a real build leaves on the disk, and what its .tflite files are of it."""
    exports = folder / "real"
    options = ["--data", "digits", "--alpha", "0.25", "--resolution", "48", "--epochs", "1", "--exports", str(exports)]
    subprocess.run([sys.executable, "-m", "builder", "build", *options], check=True, capture_output=True)
    files = [path for path in exports.rglob("*") if path.is_file()]
    return {
        "bytes": sum(path.stat().st_size for path in files if path.suffix != ".zip"),
        "zip_bytes": sum(path.stat().st_size for path in files if path.suffix == ".zip"),
        "files": len(files),
    }


def main() -> None:
    """Measures, each part in a process of its own, and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loop", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.loop:
        print(json.dumps(loop(options.loop, options.folder)))
        return
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        os.environ.setdefault("BUILDER_STATE_DIR", str(folder / "state"))
        os.environ.setdefault("BUILDER_CACHE_DIR", str(folder / "cache"))
        planned(10_000, folder)  # photos are decoded and byte code is written once
        plans = {cells: planned(cells, folder) for cells in (10_000, 99_900)}
        loops = {cells: looped(cells, folder / f"loop-{cells}") for cells in (100, 1_000, 10_000, 99_999)}
        again = {cells: looped(cells, folder / f"loop-{cells}") for cells in (10_000, 99_999)}
        weight = build_bytes(folder)
    lines = ["| | cells | time | a cell | peak memory |", "|---|---:|---:|---:|---:|"]
    for cells, found in plans.items():
        lines.append(row("dry run, all designs different", cells, found))
    for cells, found in loops.items():
        lines.append(row("driver's loop (CPU)", cells, found))
    for cells, found in again.items():
        lines.append(row("the loop again, beside the record of as many done cells, nothing else on disk (CPU)", cells, found))
    text = "\n".join(
        [
            *lines,
            "",
            f"A build of digits (alpha 0.25, 48 px, five files): {weight['bytes'] / 1e6:.1f} MB in its folder, and "
            f"{weight['zip_bytes'] / 1e6:.1f} MB more where it is packed; {weight['files']} files.",
            "",
            f"Limits: a dry run of 10,000 cells in {DRY_RUN_SECONDS:g} s, the driver within {MEMORY_MIB:g} MiB whatever the grid.",
            "",
            machine(),
        ]
    )
    print(text)
    write_section("What a batch's driver costs", text, "python benchmarks/batch_scale.py")
    memory = max(found["memory_mib"] for found in (*plans.values(), *loops.values(), *again.values()))
    sys.exit(0 if plans[10_000]["seconds"] <= DRY_RUN_SECONDS and memory <= MEMORY_MIB else 1)


def row(what: str, cells: int, found: dict[str, float]) -> str:
    """A line of the table."""
    each = found["seconds"] / cells
    return f"| {what} | {cells:,} | {found['seconds']:.1f} s | {1000 * each:.2f} ms | {found['memory_mib']:.0f} MiB |"


if __name__ == "__main__":
    main()
