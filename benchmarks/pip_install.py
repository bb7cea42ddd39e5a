"""Plain `pip install -r requirements.txt` in a new Python 3.11 environment, no lock, then a small build with it.

    .venv/bin/python benchmarks/pip_install.py

Fails when pip cannot resolve, when what it installed does not fit together, or when the build fails. Writes into RESULTS.md.
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

ROOT = Path(__file__).parents[1]
BUILD = ("--data", "digits", "--resolution", "32", "--epochs", "8", "--init", "scratch")
SHOWN = ("tensorflow", "keras", "tf-keras", "tensorflow-model-optimization", "ai-edge-litert", "numpy", "protobuf", "streamlit")
VERSIONS = "import json, sys; from importlib import metadata; print(json.dumps([[n, metadata.version(n)] for n in sys.argv[1:]]))"


def call(*command: str | Path, **environment: str) -> str:
    """Runs a command in the checkout and returns its stdout; ends this script with what it said when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(
            f"{' '.join(map(str, command))} ended with exit code {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        )
    return done.stdout


def new_environment(folder: Path) -> tuple[Path, float]:
    """A virtual environment with what pip makes of requirements.txt: its Python, and the seconds that took."""
    began = time.perf_counter()
    call(Path(sys.base_prefix, "bin", "python3.11"), "-m", "venv", folder)
    python = folder / "bin" / "python"
    call(python, "-m", "pip", "install", "--quiet", "-r", "requirements.txt")
    call(python, "-m", "pip", "check")
    return python, time.perf_counter() - began


def small_build(python: Path, folder: Path) -> tuple[dict[str, Any], float]:
    """Builds the digits with another environment: the report, and the seconds that took."""
    began = time.perf_counter()
    places = {name: str(folder / name) for name in ("BUILDER_CACHE_DIR", "BUILDER_STATE_DIR")}
    printed = call(python, "-m", "builder", "build", "--json", "--exports", folder / "exports", *BUILD, **places)
    return json.loads(printed), time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--environment", type=Path, help="keep the environment here; one that is there already is used as it is")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if options.environment and (options.environment / "bin" / "python").exists():
            python, install_s = options.environment.absolute() / "bin" / "python", None
        else:
            python, install_s = new_environment((options.environment or folder / "environment").absolute())
        report, build_s = small_build(python, folder)
        versions = ", ".join(f"{name} {version}" for name, version in json.loads(call(python, "-c", VERSIONS, *SHOWN)))
    measured = report["measured"]
    rows = [f"| Keras | {measured['keras']['accuracy']:.2%} | |"]
    rows += [f"| {name} | {row['accuracy']:.2%} | {row['flash_bytes']:,} |" for name, row in measured["variants"].items()]
    took = "" if install_s is None else f"pip took {install_s:.0f} s, and "
    text = "\n".join(
        [
            machine(),
            "",
            f"Resolved by pip, no lock: {versions}. {took}`builder build {' '.join(BUILD)}` took {build_s:.0f} s.",
            "",
            "| variant | accuracy on the test split | bytes |",
            "| --- | ---: | ---: |",
            *rows,
        ]
    )
    sys.stdout.write(text + "\n")
    write_section("Installed by plain pip", text, "python benchmarks/pip_install.py")


if __name__ == "__main__":
    main()
