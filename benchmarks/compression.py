"""The compression lab on real photos: every technique on builds of several seeds, pooled; the gate on a model that quantizes badly.

    python benchmarks/compression.py --data ../shared/data/sign_language_digits \
        --init ../shared/models/mobilenet_v1_0.25_224_float.tflite

Builds lie in --exports and are made once: the command again measures nothing twice. Writes the tables into RESULTS.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from results import machine, write_section

TITLE = "Compression"
SEEDS = (0, 1, 2)
EPOCHS = 6
ALPHA, RESOLUTION = 0.25, 128
DIGITS = {"data": "digits", "alpha": 0.25, "resolution": 48, "init": "scratch"}

# What a technique should keep to: points of accuracy lost at most, and the share of the plain int8 file's gzip bytes at most.
AIMS = {
    "int8": (1.0, None),
    "qat": (0.3, None),
    "pruned": (1.0, 0.82),
    "clustered": (1.5, 0.75),
    "pruned_clustered_qat": (2.0, 0.66),
}

# A model made to quantize badly: this share of the channels between two blocks is made so much smaller, and the depthwise kernel
# behind it as much larger. The float network computes nearly the same; its activations use a tenth of the integers.
SHRUNK_SHARE, SHRUNK_BY = 0.5, 0.1


@dataclass(frozen=True, slots=True)
class Pooled:
    """One technique over all seeds."""

    lost_photos: int
    photos: int
    gzip_share: float
    flash_share: float
    arena_bytes: int | None
    seconds: float

    @property
    def drop(self) -> float:
        """Points of accuracy lost."""
        return 100 * self.lost_photos / self.photos


def settings(options: argparse.Namespace, seed: int) -> dict[str, object]:
    """A build of hands."""
    training = {"epochs": EPOCHS}
    return {
        "data": options.data, "alpha": ALPHA, "resolution": RESOLUTION, "init": options.init, "seed": seed, "training": training
    }  # fmt: skip


def shelf(values: dict[str, object], exports: Path) -> dict[str, Any]:
    """A build and its whole shelf, as matrix.json holds it; each in a process of its own, as users have it."""
    config = exports / "config.yaml"
    exports.mkdir(parents=True, exist_ok=True)
    config.write_text(json.dumps(values))
    run("build", "--config", config, "--exports", exports)
    folder = folder_of(exports)
    run("compress", folder, "--all")
    matrix: dict[str, Any] = json.loads((folder / "compressed" / "matrix.json").read_text())
    return matrix


def run(*words: object, allowed: tuple[int, ...] = (0,)) -> float:
    """Runs the command line; returns seconds."""
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "builder", *map(str, words)], check=False, stdout=subprocess.DEVNULL)
    if done.returncode not in allowed:
        raise SystemExit(f"builder {words[0]} ended with {done.returncode}")
    return time.perf_counter() - began


def folder_of(exports: Path) -> Path:
    """The only build in a folder."""
    (found,) = [path.parent for path in exports.glob("*/build.json")]
    return found


def pooled(matrices: list[dict[str, Any]]) -> dict[str, Pooled]:
    """All seeds together: one photo of a small test split is 0.3 points."""
    found = {}
    for name in [row["technique"] for row in matrices[0]["rows"]]:
        rows = [next(row for row in matrix["rows"] if row["technique"] == name) for matrix in matrices]
        plain = [next(row for row in matrix["rows"] if row["technique"] == "int8") for matrix in matrices]
        if any(row["failure"] for row in rows):
            continue
        photos = [matrix["network"]["test_photos"] for matrix in matrices]
        firsts, plains = [row["files"][0] for row in rows], [row["files"][0] for row in plain]
        micro = [file for file in rows[0]["files"] if file["file"].endswith("_micro.tflite")]
        found[name] = Pooled(
            lost_photos=sum(round(row["drop"] * count) for row, count in zip(rows, photos, strict=True)),
            photos=sum(photos),
            gzip_share=statistics.mean(a["gzip_bytes"] / b["gzip_bytes"] for a, b in zip(firsts, plains, strict=True)),
            flash_share=statistics.mean(a["flash_bytes"] / b["flash_bytes"] for a, b in zip(firsts, plains, strict=True)),
            arena_bytes=micro[0]["arena_bytes"] if micro else None,
            seconds=statistics.mean(row["seconds"] for row in rows),
        )
    return found


def spoil(source: Path, exports: Path) -> Path:
    """A copy of a finished build whose weights quantize badly, to be exported anew."""
    import keras
    import numpy as np

    folder = exports / source.name
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("compressed", "report.json", "exported.json"))
    model = keras.saving.load_model(folder / "model.keras", compile=False)
    layers = {layer.name: layer for layer in model.layers}
    draw = np.random.default_rng(0)
    for block in range(1, 13):
        normal, depthwise = layers[f"conv_pw_{block}_bn"], layers[f"conv_dw_{block + 1}"]
        gamma, beta, mean, variance = normal.get_weights()
        factor = np.where(draw.random(len(gamma)) < SHRUNK_SHARE, SHRUNK_BY, 1.0).astype(np.float32)
        normal.set_weights([gamma * factor, beta * factor, mean, variance])
        (kernel,) = depthwise.get_weights()
        depthwise.set_weights([kernel / factor[None, None, :, None]])
    model.save(folder / "model.keras")
    trained = json.loads((folder / "trained.json").read_text())
    trained["model_sha256"] = hashlib.sha256((folder / "model.keras").read_bytes()).hexdigest()
    (folder / "trained.json").write_text(json.dumps(trained))
    return folder


def rescued(options: argparse.Namespace, source: Path, exports: Path) -> str:
    """The gate on the spoilt model: what failed, what was tried, what passed."""
    if not exports.exists():
        exports.mkdir(parents=True)
        spoil(source, exports)
    config = exports / "config.yaml"
    config.write_text(json.dumps(settings(options, 0)))
    run("build", "--config", config, "--exports", exports, "--gate", "enforce", allowed=(0, 3))
    folder = folder_of(exports)
    matrix = json.loads((folder / "compressed" / "matrix.json").read_text())
    network = matrix["network"]
    lines = [
        "`--gate enforce` on a model made to quantize badly; the float network names "
        f"{100 * network['val_accuracy']:.1f} % of {network['validation_photos']} validation photos right:",
        "",
        "| technique | verdict on validation photos | test accuracy |",
        "| --- | --- | ---: |",
    ]
    for row in matrix["rows"]:
        if row["verdict"] is not None:
            said = "passes" if row["verdict"]["passed"] else row["verdict"]["reasons"][0]
            lines.append(f"| `{row['technique']}` | {said} | {100 * row['accuracy']:.1f} % |")
    return "\n".join([*lines, "", f"Chosen: {matrix['chosen'] or 'none'}."])


def table(found: dict[str, Pooled]) -> list[str]:
    """One row a technique."""
    lines = [
        "| technique | photos lost | points lost | aim | gzip of int8's | aim | flash of int8's | arena | seconds |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, each in found.items():
        most, share = AIMS.get(name, (None, None))
        lines.append(
            f"| `{name}` | {each.lost_photos} of {each.photos} | {each.drop:.2f} | {'' if most is None else f'≤ {most:g}'} | "
            f"{each.gzip_share:.3f} | {'' if share is None else f'≤ {share:g}'} | {each.flash_share:.3f} | "
            f"{'' if each.arena_bytes is None else f'{each.arena_bytes:,}'} | {each.seconds:.0f} |"
        )
    return lines


def main() -> None:
    """Builds, compresses, pools, writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../shared/data/sign_language_digits")
    parser.add_argument("--init", default="../shared/models/mobilenet_v1_0.25_224_float.tflite")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--exports", type=Path, default=Path("exports/benchmark-compression"))
    parser.add_argument("--no-write", action="store_true", help="leave RESULTS.md as it is")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    options.data, options.init = str(Path(options.data).resolve()), str(Path(options.init).resolve())
    hands = []
    for seed in options.seeds:
        began = time.perf_counter()
        hands.append(shelf(settings(options, seed), options.exports / f"hands-{seed}"))
        print(f"seed {seed}: {time.perf_counter() - began:.0f} s", flush=True)
    digits = shelf(dict(DIGITS), options.exports / "digits")
    first = folder_of(options.exports / "hands-0")
    # Last with other photos than the shelf has, so that it is made anew; then as a build has it.
    requantized = run("compress", first, "--technique", "int8", "--calibration-photos", 300)
    run("compress", first, "--technique", "int8")
    photos = hands[0]["network"]["test_photos"]
    text = "\n".join(
        [
            f"Photos of hands, alpha {ALPHA}, {RESOLUTION} px, warm start, {EPOCHS} epochs, seeds "
            f"{', '.join(map(str, options.seeds))}, {photos} test photos each; losses are against the trained network, sizes and "
            "arenas of the files' bytes.",
            "",
            *table(pooled(hands)),
            "",
            "The built-in digits, alpha 0.25, 48 px, from scratch, one seed:",
            "",
            *table(pooled([digits])),
            "",
            f"The whole matrix of one build of hands took {statistics.mean(each['seconds'] for each in hands) / 60:.1f} min "
            f"(aim: 12); re-quantizing a finished build, start of the program to the table, {requantized:.1f} s (aim: 10).",
            "",
            rescued(options, first, options.exports / "spoilt"),
            "",
            machine(),
        ]
    )
    print(text)
    if not options.no_write:
        write_section(TITLE, text, "python benchmarks/compression.py")


if __name__ == "__main__":
    main()
