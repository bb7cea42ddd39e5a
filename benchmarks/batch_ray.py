"""Twelve builds on Ray: on a cluster of this machine alone, then on one of two nodes, one of which is killed in the middle.

    python benchmarks/batch_ray.py

3 alphas x 2 resolutions x 2 seeds of the built-in digits. The two nodes are two sets of Ray's processes on this machine, each with
a core and with folders of its own, as two machines have. The second one is killed with -9, all its processes at once, while it
builds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from results import machine, write_section

from builder.batch.file import Batch
from builder.batch.record import TRIED_AGAIN
from builder.event_log import read_events

ALPHAS, RESOLUTIONS, SEEDS = (0.1, 0.25, 0.5), (32, 48), (0, 1)
CELLS = len(ALPHAS) * len(RESOLUTIONS) * len(SEEDS)
DONE_BEFORE_KILL = 4
MEMORY_MIB_MAX = 300  # of the driver
POLL_SECONDS = 0.2
RAY = Path(sys.executable).with_name("ray")


@dataclass(slots=True)
class Outcome:
    """What a batch left behind.

    Args:
        seconds: of the whole command.
        memory_mib: the most that the driver took.
        record: `record.json`.
        builds: reports by the build's id; an id with two folders, or a file that is not as its report says, is a failure.
        begun: how often a worker began each cell, by its number: what a node that left had at hand is begun once more.
        killed_after: seconds until the node was killed; 0 where none was.
        lost_after: seconds from there until its build was given to another worker.
    """

    seconds: float
    memory_mib: float
    record: dict[str, Any]
    builds: dict[str, dict[str, Any]]
    begun: Counter[int]
    killed_after: float = 0.0
    lost_after: float = 0.0

    @property
    def done(self) -> int:
        """Cells that are done."""
        return sum(cell["state"] == "done" for cell in self.record["cells"])

    def hashes(self) -> dict[str, list[str]]:
        """The bytes of every build's files."""
        return {
            name: sorted(file["sha256"] for file in report["measured"]["variants"].values()) for name, report in self.builds.items()
        }


@dataclass(slots=True)
class Node:
    """Ray's processes of one node, with folders of their own."""

    folder: Path
    options: list[str]
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        command = [str(RAY), "start", "--block", "--num-cpus=1", "--num-gpus=0", "--disable-usage-stats", *self.options]
        with (self.folder / "ray.log").open("wb") as log:
            self.process = subprocess.Popen(
                command, env=os.environ | folders(self.folder), stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """Ends all its processes at once, as a power cut does."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def main() -> None:
    """Builds twice, compares, writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ray-") as text:
        folder = Path(text)
        share_secret(folder / "token")
        alone = run(folder / "alone", options.epochs, "local")
        print(f"local: {alone.seconds:.0f} s, {alone.done} done, {alone.memory_mib:.0f} MiB", file=sys.stderr, flush=True)
        cluster = on_two_nodes(folder, options.epochs)
        print(f"cluster: {cluster.seconds:.0f} s, {cluster.done} done, {cluster.memory_mib:.0f} MiB", file=sys.stderr, flush=True)
    same = sum(alone.hashes()[name] == files for name, files in cluster.hashes().items())
    good = alone.done == cluster.done == len(alone.builds) == len(cluster.builds) == same == CELLS
    good = good and alone.begun.total() == CELLS and cluster.begun.total() == CELLS + 1  # the one that the killed node had at hand
    good = good and max(alone.memory_mib, cluster.memory_mib) <= MEMORY_MIB_MAX
    text = "\n".join([*summary(alone, cluster, options.epochs, same), "", machine()])
    print(text)
    write_section("A batch on Ray", text, f"python benchmarks/batch_ray.py --epochs {options.epochs}")
    sys.exit(0 if good else 1)


def summary(alone: Outcome, cluster: Outcome, epochs: int, same: int) -> list[str]:
    """For people."""
    which = " and ".join(f"cell {number}" for number, times in sorted(cluster.begun.items()) if times > 1) or "none"
    return [
        f"{CELLS} builds of digits (alpha {', '.join(map(str, ALPHAS))}; {' and '.join(map(str, RESOLUTIONS))} px; two seeds), "
        f"{epochs} epochs each, with all five files and verification.",
        "",
        "| | `--ray local` | two nodes, one killed |",
        "|---|---:|---:|",
        f"| wall time | {alone.seconds:.0f} s | {cluster.seconds:.0f} s |",
        f"| cells done | {alone.done} of {CELLS} | {cluster.done} of {CELLS} |",
        f"| folders in the storage, each whole as its report says | {len(alone.builds)} | {len(cluster.builds)} |",
        f"| builds begun by a worker | {alone.begun.total()} | {cluster.begun.total()} |",
        f"| the driver's peak memory (aim: {MEMORY_MIB_MAX}) | {alone.memory_mib:.0f} MiB | {cluster.memory_mib:.0f} MiB |",
        "",
        f"The second node was killed after {cluster.killed_after:.0f} s. {cluster.lost_after:.0f} s later the driver knew, and "
        f"gave what that node had at hand to the other one. Begun more than once: {which}. The files of {same} of {CELLS} builds "
        "are the same in both runs, byte by byte.",
    ]


def on_two_nodes(folder: Path, epochs: int) -> Outcome:
    """The batch on two nodes of which one is killed."""
    address = f"127.0.0.1:{free_port()}"
    head_options = ["--head", f"--port={address.rpartition(':')[2]}", "--include-dashboard=false", f"--temp-dir={folder / 'r'}"]
    head = Node(folder / "head", head_options)
    nodes = [head]
    try:
        wait_for(lambda: answers(address), 60, head)
        second = Node(folder / "second", [f"--address={address}"])
        nodes.append(second)
        wait_for(lambda: "Ray runtime started" in (second.folder / "ray.log").read_text(), 60, second)
        return run(folder / "cluster", epochs, address, second)
    finally:
        for node in nodes:
            if node.process.poll() is None:
                node.kill()


def run(folder: Path, epochs: int, address: str, victim: Node | None = None) -> Outcome:
    """One `builder batch`, watched; the victim is killed while it builds, when some builds are done."""
    folder.mkdir()
    (folder / "batch.yaml").write_text(batch_of(epochs).to_yaml())
    command = ["batch", str(folder / "batch.yaml"), "--ray", address, "--json", "--exports", str(folder / "exports")]
    killed_after = lost_after = memory_mib = 0.0
    began = time.perf_counter()
    with (folder / "said.txt").open("w+") as said, (folder / "record.json").open("w") as out:
        driver = subprocess.Popen(
            [sys.executable, "-m", "builder", *command], env=os.environ | folders(folder), stdout=out, stderr=said
        )
        while driver.poll() is None:
            memory_mib = max(memory_mib, peak_mib(driver.pid))
            now = time.perf_counter() - began
            if victim is not None and not killed_after and is_due(folder / "exports", victim):
                victim.kill()
                killed_after = now
            if killed_after and not lost_after and is_lost(folder / "exports"):
                lost_after = now - killed_after
            time.sleep(POLL_SECONDS)
        said.seek(0)
        if driver.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit {driver.returncode}\n{said.read()}")
    seconds = time.perf_counter() - began
    record = json.loads((folder / "record.json").read_text())
    return Outcome(
        seconds, memory_mib, record, whole_builds(folder / "exports"), begun(folder / "exports"), killed_after, lost_after
    )


def is_due(exports: Path, victim: Node) -> bool:
    """Whether some builds are done, and the victim is training one."""
    done = len(list(exports.glob("*/report.json")))
    training = [path for path in (victim.folder / "scratch").glob("*/events.jsonl") if is_training(path)]
    return done >= DONE_BEFORE_KILL and bool(training)


def is_training(path: Path) -> bool:
    """Whether a build has trained an epoch and is not through."""
    seen = [event["event"] for event in read_events(path)[0]]
    return "epoch" in seen and "variant" not in seen


def is_lost(exports: Path) -> bool:
    """Whether the driver knows that a worker is gone, and tries again what it had at hand."""
    return any(str(event.get("message", "")).startswith(TRIED_AGAIN) for event in told(exports))


def begun(exports: Path) -> Counter[int]:
    """How often each cell was begun, by its number."""
    states: dict[int, str] = {}
    found: Counter[int] = Counter()
    for event in told(exports):
        number, state = event["number"], event["state"]
        found[number] += state == "running" and states.get(number) != "running"
        states[number] = state
    return found


def told(exports: Path) -> list[dict[str, Any]]:
    """What became of cells so far, event by event; the batch is the only one in its folder."""
    return [
        event for path in (exports / "batches").glob("*/events.jsonl") for event in read_events(path)[0] if event["event"] == "cell"
    ]


def whole_builds(exports: Path) -> dict[str, dict[str, Any]]:
    """Reports by id; ends the benchmark where one is there twice, or a file is not what its report says."""
    found: dict[str, dict[str, Any]] = {}
    for path in exports.glob("*/report.json"):
        identity = path.parent.name.rpartition("-")[2]
        report = json.loads(path.read_text())
        for file in report["measured"]["variants"].values():
            if hashlib.sha256((path.parent / file["file"]).read_bytes()).hexdigest() != file["sha256"]:
                sys.exit(f"{path.parent / file['file']} is not as its report says")
        if identity in found:
            sys.exit(f"{identity} was finished twice")
        found[identity] = report
    return found


def batch_of(epochs: int) -> Batch:
    """The twelve."""
    return Batch(
        name="twelve on ray",
        base={"data": "digits", "training": {"epochs": epochs}},
        grid={"alpha": list(ALPHAS), "resolution": list(RESOLUTIONS), "seed": list(SEEDS)},
    )


def folders(folder: Path) -> dict[str, str]:
    """A machine's own places."""
    names = {"BUILDER_CACHE_DIR": "cache", "BUILDER_STATE_DIR": "state", "BUILDER_SCRATCH_DIR": "scratch"}
    return {variable: str(folder / name) for variable, name in names.items()}


def peak_mib(process: int) -> float:
    """The most memory that a process has taken."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def share_secret(path: Path) -> None:
    """Lets the nodes and the driver know each other by a token, as every cluster should that others could reach."""
    path.write_text(secrets.token_hex(32))
    os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(path)}


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(address: str) -> bool:
    """Whether something listens."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
    except OSError:
        return False
    return True


def wait_for(condition: Callable[[], bool], seconds: float, node: Node) -> None:
    """Waits, at most so long, as long as the node lives."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline or node.process.poll() is not None:
            sys.exit(f"{node.folder.name} does not come up:\n{(node.folder / 'ray.log').read_text()}")
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    main()
