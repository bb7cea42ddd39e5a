"""The builds that README.md shows: the built-in digits, and photos of hands with and without a warm start.

python benchmarks/builds.py --photos ../shared/data/sign_language_digits --init ../shared/models/mobilenet_v1_0.25_224_float.tflite
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from results import machine, write_section

SHARED = Path("../shared")


def build(exports: Path, *options: str) -> tuple[dict[str, Any], float]:
    """One `builder build` from a cold cache: its report and the seconds of the whole command."""
    command = [sys.executable, "-m", "builder", "build", "--json", "--exports", str(exports), *options]
    with tempfile.TemporaryDirectory() as cache:
        started = time.perf_counter()
        environment = {**os.environ, "BUILDER_CACHE_DIR": cache}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        seconds = time.perf_counter() - started
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout), seconds


def section(title: str, options: tuple[str, ...], report: dict[str, Any], seconds: float) -> str:
    """One build as a table."""
    measured = report["measured"]
    shown = " ".join(options)
    lines = [
        f"### {title}",
        "",
        f"`builder build {shown}`: {seconds:.0f} s, test accuracy of the trained network {measured['keras']['accuracy']:.2%} on "
        f"{measured['keras']['images']} photos.",
        "",
        "| file | size | accuracy | arena | latency | checks |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for variant in measured["variants"].values():
        arena = f"{variant['arena_bytes'] / 1024:.1f} KiB" if variant["arena_bytes"] else "-"
        states = [check["state"] for check in variant["checks"]]
        checks = ", ".join(f"{states.count(state)} {state}" for state in ("passed", "failed", "skipped") if state in states)
        lines.append(
            f"| {variant['file']} | {variant['flash_bytes'] / 1024:.1f} KiB | {variant['accuracy']:.2%} | {arena} "
            f"| {variant['latency_ms']:.2f} ms | {checks} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Runs the three builds and writes their tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", default=str(SHARED / "data/sign_language_digits"))
    parser.add_argument("--init", default=str(SHARED / "models/mobilenet_v1_0.25_224_float.tflite"))
    options = parser.parse_args()
    hands = ("--data", options.photos, "--alpha", "0.25", "--resolution", "128", "--epochs", "6")
    builds = {
        "Handwritten digits, from scratch": ("--data", "digits", "--resolution", "48"),
        "Photos of hands, from ImageNet weights": (*hands, "--init", options.init),
        "Photos of hands, from scratch": (*hands, "--init", "scratch"),
    }
    parts = [machine()]
    with tempfile.TemporaryDirectory() as exports:
        for title, words in builds.items():
            report, seconds = build(Path(exports), *words)
            parts.append(section(title, words, report, seconds))
            print(parts[-1], flush=True)
    write_section("Builds", "\n\n".join(parts), "python benchmarks/builds.py")


if __name__ == "__main__":
    main()
