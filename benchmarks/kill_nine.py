"""Twenty kill -9 at random moments of a short build, each followed by the same command: every build must finish, as if undisturbed.

A few more are aimed at moments that chance seldom hits, such as a checkpoint being written.

python benchmarks/kill_nine.py --kills 20 --data ../shared/data/sign_language_digits
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
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from results import machine, write_section

from builder.event_log import read_events

SHARED = Path(__file__).parents[2] / "shared"
HANDS = SHARED / "data" / "sign_language_digits"
WEIGHTS = SHARED / "models" / "mobilenet_v1_0.25_224_float.tflite"
SETTINGS = ("--resolution", "32", "--epochs", "3", "--init", str(WEIGHTS) if WEIGHTS.exists() else "scratch")
POLL_SECONDS = 0.001

# True when a build has come to the moment that a kill is aimed at; the argument is the folder of builds.
AIMS: dict[str, Callable[[Path], bool]] = {
    "photos being decoded": lambda exports: any((exports.parent / "cache").glob("photos/*.partial")),
    "checkpoint being written": lambda exports: any(exports.glob("*/training/.checkpoint*")),
    "weights being written": lambda exports: any(exports.glob("*/.model.*")),
    "two of five files exported": lambda exports: any(exports.glob("*/float16.tflite")),
    "report.html there, report.json not": lambda exports: any(exports.glob("*/report.html")),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One kill and what the same command made of it."""

    killed: str
    reached: str
    accuracy: float
    same_bytes: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Exports, cache and slots of one build, so that each starts with nothing."""

    folder: Path
    data: str

    @property
    def exports(self) -> Path:
        return self.folder / "exports"

    def start(self, **options: Any) -> subprocess.Popen[str]:
        """Starts the build; the same command every time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "builder", "build", "--json", "--exports", str(self.exports), "--data", self.data]
        places = {"BUILDER_CACHE_DIR": str(self.folder / "cache"), "BUILDER_STATE_DIR": str(self.folder / "state")}
        return subprocess.Popen([*command, *SETTINGS], env={**os.environ, **places}, text=True, **options)

    def finish(self) -> dict[str, Any]:
        """Runs the command to its end and returns the report that it prints."""
        process = self.start(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, said = process.communicate()
        if process.returncode != 0:
            sys.exit(f"{self.folder}: exit {process.returncode}\n{said}")
        report: dict[str, Any] = json.loads(out)
        return report

    def killed(self, due: Callable[[], bool]) -> bool:
        """Starts the build and kills it, and nothing else, when it is due; False when it was done before."""
        process = self.start(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and not due():
            time.sleep(POLL_SECONDS)
        process.kill()
        return process.wait() == -signal.SIGKILL

    def reached(self) -> str:
        """How far a killed build came, in words."""
        events = [event for path in self.exports.glob("*/events.jsonl") for event in read_events(path)[0]]
        if not events:
            return "import, listing photos"
        last = events[-1]
        stage = next(event["stage"] for event in reversed(events) if event["event"] == "stage")
        detail = {
            "stage": lambda: last["state"],
            "step": lambda: f"epoch {last['epoch']}, step {last['step']} of {last['steps']}",
            "epoch": lambda: f"after epoch {last['epoch']}",
            "variant": lambda: f"after {last['file']}",
            "progress": lambda: f"{last['done']} of {last['total']} {last['unit']}",
        }.get(last["event"], lambda: "")()
        return f"{stage}: {detail}".rstrip(": ")


def main() -> None:
    """Kills, resumes, compares."""
    options = arguments()
    moments = random.Random(options.seed)
    outcomes = []
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        started = time.perf_counter()
        undisturbed = Place(folder / "undisturbed", options.data).finish()
        seconds = time.perf_counter() - started
        print(f"undisturbed: {seconds:.0f} s, {undisturbed['measured']['keras']['accuracy']:.4f}", file=sys.stderr, flush=True)
        for number in range(options.kills):
            # One in each of as many equal parts of the time that a build takes, so that all stages have their turn.
            moment = seconds * moments.uniform(number, number + 1) / options.kills
            outcomes.append(after_a_kill(Place(folder / f"{number}", options.data), f"{moment:.1f} s", undisturbed, moment))
        for number, aim in enumerate(AIMS if options.aimed else ()):
            outcomes.append(after_a_kill(Place(folder / f"aimed-{number}", options.data), aim, undisturbed))
    accuracy = undisturbed["measured"]["keras"]["accuracy"]
    lines = ["| killed | in stage | test accuracy after the same command | .tflite bytes as undisturbed |", "|---|---|---:|---|"]
    lines += [f"| {one.killed} | {one.reached} | {one.accuracy:.4f} | {'yes' if one.same_bytes else 'no'} |" for one in outcomes]
    good = sum(one.accuracy == accuracy and one.same_bytes for one in outcomes)
    summary = (
        f"A build killed with -9 after a random time ({options.kills} times) or at a chosen moment "
        f"({len(outcomes) - options.kills} times), then started again with the same command: {good} of {len(outcomes)} finished "
        f"with the test accuracy ({accuracy:.4f}) and the bytes of a build that nobody disturbed."
    )
    text = "\n".join([summary, "", *lines, "", machine()])
    print(text)
    write_section("Killed with -9, started again", text, f"python benchmarks/kill_nine.py --kills {options.kills}")
    sys.exit(0 if good == len(outcomes) else 1)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20, help="at random moments")
    parser.add_argument("--aimed", action=argparse.BooleanOptionalAction, default=True, help="also at chosen moments")
    parser.add_argument("--seed", type=int, default=0, help="draws the moments")
    parser.add_argument("--data", default=str(HANDS) if HANDS.is_dir() else "digits", help="photos, as in `builder build --data`")
    return parser.parse_args()


def after_a_kill(place: Place, killed: str, undisturbed: dict[str, Any], moment: float | None = None) -> Outcome:
    """Kills a build at a moment, in seconds, or at the aim of this name, and runs the command again."""
    started = time.perf_counter()

    def due() -> bool:
        return AIMS[killed](place.exports) if moment is None else time.perf_counter() - started >= moment

    if not place.killed(due):  # the machine was faster than before
        earlier = 0.9 * (moment or 0.0)
        return after_a_kill(replace(place, folder=place.folder / "again"), f"{earlier:.1f} s", undisturbed, earlier)
    reached = place.reached()
    report = place.finish()
    outcome = Outcome(killed, reached, report["measured"]["keras"]["accuracy"], hashes(report) == hashes(undisturbed))
    print(outcome, file=sys.stderr, flush=True)
    return outcome


def hashes(report: dict[str, Any]) -> dict[str, str]:
    """sha256 of each .tflite."""
    return {name: variant["sha256"] for name, variant in report["measured"]["variants"].items()}


if __name__ == "__main__":
    main()
