"""Twenty kill -9 at random moments of a short build, each followed by the same command: every build must finish, as if undisturbed.

python benchmarks/kill_nine.py --kills 20
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
from pathlib import Path
from typing import Any

from results import machine, write_section

BUILD = ("--data", "digits", "--resolution", "32", "--epochs", "4", "--init", "scratch")


def command(exports: Path, seed: int) -> list[str]:
    """One short build; each seed is a build of its own."""
    return [sys.executable, "-m", "builder", "build", "--json", "--exports", str(exports), "--seed", str(seed), *BUILD]


def finish(exports: Path, cache: Path, seed: int) -> dict[str, Any]:
    """Runs the command to its end and returns its report."""
    done = subprocess.run(command(exports, seed), env=environment(cache), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"seed {seed}: exit {done.returncode}\n{done.stderr}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def environment(cache: Path) -> dict[str, str]:
    """A cache of its own, so that a kill can fall into decoding."""
    return {**os.environ, "BUILDER_CACHE_DIR": str(cache), "TF_ENABLE_ONEDNN_OPTS": "1"}


def stage_of(exports: Path) -> str:
    """The stage that the killed build had reached, from its events."""
    stage = "import or data"
    for path in exports.glob("*/events.jsonl"):
        for line in path.read_text().splitlines():
            if '"stage"' in line and '"event": "stage"' in line:
                stage = json.loads(line)["stage"]
    return stage


def main() -> None:
    """Kills, resumes, compares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="draws the moments")
    options = parser.parse_args()
    moments = random.Random(options.seed)
    rows = []
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        started = time.perf_counter()
        undisturbed = finish(folder / "undisturbed", folder / "cache", 0)
        seconds = time.perf_counter() - started
        expected = {name: variant["sha256"] for name, variant in undisturbed["measured"]["variants"].items()}
        for number in range(options.kills):
            exports, cache = folder / f"exports-{number}", folder / f"cache-{number}"
            moment = moments.uniform(0.2, seconds)
            process = subprocess.Popen(
                command(exports, 0),
                env=environment(cache),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                process.wait(timeout=moment)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            stage = stage_of(exports) if process.returncode else "done"
            report = finish(exports, cache, 0)
            got = {name: variant["sha256"] for name, variant in report["measured"]["variants"].items()}
            rows.append((moment, stage, report["measured"]["keras"]["accuracy"], got == expected))
            print(f"kill {number + 1}: {rows[-1]}", file=sys.stderr, flush=True)
    accuracy = undisturbed["measured"]["keras"]["accuracy"]
    lines = [
        "| killed after, s | in stage | test accuracy after the second start | same bytes as undisturbed |",
        "|---:|---|---:|---|",
    ]
    lines += [f"| {moment:.1f} | {stage} | {value:.4f} | {'yes' if same else 'no'} |" for moment, stage, value, same in rows]
    finished = sum(value == accuracy for _, _, value, _ in rows)
    summary = f"{finished} of {options.kills} builds finished with the undisturbed test accuracy {accuracy:.4f}. {machine()}"
    text = summary + "\n\n" + "\n".join(lines)
    print(text)
    write_section("Killed with -9, started again", text, f"python benchmarks/kill_nine.py --kills {options.kills}")
    sys.exit(0 if finished == options.kills else 1)


if __name__ == "__main__":
    main()
