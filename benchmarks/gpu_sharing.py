"""How many trainings one GPU takes at a time, and what a warm process saves: the figures behind `--per-gpu`.

    KERAS_BACKEND=jax python benchmarks/gpu_sharing.py --shares 1 2 4

Needs an NVIDIA GPU and Keras on JAX. Photos are made up, as in gpu_training.py. Every training is a process of its own with the
environment that a batch's worker gets; all wait for each other after their first epoch, so that nothing is compiled while others
are timed. Then each trains another network of the same shape in the same process, as the next build of a batch does.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gpu_training import fitted, made_up
from results import machine, write_section

from builder import threads
from builder.config import Training
from builder.data import Augmenter
from builder.events import silent

TITLE = "Several trainings on one GPU"
EPOCHS = 6
POLL_SECONDS = 0.01


def main() -> None:
    """Measures each share."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shares", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--alpha", type=float, default=0.25)
    parser.add_argument("--resolution", type=int, default=96)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--photos", type=int, default=2048)
    parser.add_argument("--gpu", default="0", help="an empty text trains on the CPU, to try the script")
    parser.add_argument("--facts", type=Path, help="also write what was measured here, as JSON")
    parser.add_argument("--child", type=int, default=-1, help=argparse.SUPPRESS)
    parser.add_argument("--place", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child >= 0:
        child(options)
        return
    facts = {}
    for share in options.shares:
        facts[share] = measured(options, share)
        print(json.dumps({share: facts[share]}), flush=True)
        if options.facts:
            options.facts.write_text(json.dumps(facts))
    text = told(options, facts)
    print(text)
    write_section(TITLE, text, "KERAS_BACKEND=jax python benchmarks/gpu_sharing.py")


def measured(options: argparse.Namespace, share: int) -> dict[str, Any]:
    """So many trainings at a time."""
    cores = max(1, threads.processors() // share)
    environment = threads.limited(os.environ, cores)
    if options.gpu:
        environment = threads.sharing_gpu(environment, options.gpu, share)
    names = ("alpha", "resolution", "batch", "photos")
    given = [text for name in names for text in (f"--{name}", str(getattr(options, name)))]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--shares", str(share), "--place", folder, *given]
        children = [
            subprocess.Popen([*command, "--child", str(number)], env=environment, stdout=subprocess.PIPE) for number in range(share)
        ]
        memory = 0
        while any(process.poll() is None for process in children):
            memory = max(memory, used_mib(options.gpu))
            time.sleep(0.5)
        said = [json.loads(process.communicate()[0].splitlines()[-1]) for process in children]
    return {
        "cores": cores,
        "images_per_second": sum(each["images_per_second"] for each in said),
        "first_epoch_seconds": statistics.median(each["first_epoch_seconds"] for each in said),
        "next_first_epoch_seconds": statistics.median(each["next_first_epoch_seconds"] for each in said),
        "memory_mib": memory,
    }


def child(options: argparse.Namespace) -> None:
    """One training, then a second one of the same shape."""
    photos = made_up(options.photos, options.resolution, seed=options.child)
    share = options.shares[0]

    def emit(event: str, /, **values: Any) -> None:
        if event == "epoch" and values["epoch"] == 1:
            (options.place / f"ready-{options.child}").touch()
            while len(list(options.place.glob("ready-*"))) < share:
                time.sleep(POLL_SECONDS)

    training = Training(epochs=EPOCHS, batch_size=options.batch, patience=100)
    augmenter = Augmenter("medium", mirror=True, seed=0)
    network = (photos, options.alpha, options.resolution, training, augmenter)
    first = fitted(*network, options.place / f"first-{options.child}", emit)["history"]
    again = fitted(*network, options.place / f"second-{options.child}", silent)["history"]
    print(
        json.dumps(
            {
                "images_per_second": statistics.median(epoch["images_per_second"] for epoch in first[1:]),
                "first_epoch_seconds": first[0]["seconds"],
                "next_first_epoch_seconds": again[0]["seconds"],
            }
        )
    )


def used_mib(gpu: str) -> int:
    """Memory of the card that is in use; 0 where nobody tells."""
    if not gpu:
        return 0
    command = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "-i", gpu]
    try:
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0])
    except (OSError, subprocess.CalledProcessError, ValueError, IndexError):
        return 0


def told(options: argparse.Namespace, facts: dict[int, dict[str, Any]]) -> str:
    """The section."""
    alone = facts[min(facts)]["images_per_second"] / min(facts)
    lines = [
        f"Trainings of alpha {options.alpha:g} at {options.resolution} px, batch {options.batch}, {options.photos:,} photos of 10 "
        f"classes, with augmentation (medium); the median of {EPOCHS - 1} epochs after the first, all trainings together. Each has "
        "an equal share of the cores. `next build`: the first epoch of a second training of the same shape in the same process, "
        "which finds the network compiled.",
        "",
        "| trainings on the GPU | cores each | photos a second | times one | first epoch | of the next build | the card's memory |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for share, found in facts.items():
        lines.append(
            f"| {share} | {found['cores']} | {found['images_per_second']:,.0f} | {found['images_per_second'] / alone:.2f} | "
            f"{found['first_epoch_seconds']:.1f} s | {found['next_first_epoch_seconds']:.1f} s | {found['memory_mib']:,} MiB |"
        )
    return "\n".join([*lines, "", f"{card()}, keras {version('keras')}, jax {version('jax')}. {machine()}"])


def card() -> str:
    """The GPU's name; CPU where there is none."""
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "CPU"


if __name__ == "__main__":
    main()
