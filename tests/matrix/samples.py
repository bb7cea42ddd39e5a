"""Hand-written matrices that look like real ones: the figures of a network with alpha 0.25 on photos of hands."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from builder.gate import Gate, Verdict
from builder.matrix import FOLDER, File, Flip, LayerKept, LeftAlone, Matrix, Network, Row
from builder.report import Check
from tests.report.samples import HOSTILE, hostile_names, plain_names

KIB = 1024
MULTIPLY_ADDS = 13_316_608
PASSED = (Check("runs", "passed"), Check("metadata", "passed"))
DEPTHWISE = tuple(LeftAlone(f"conv_dw_{number}", "depthwise kernels are small and lose most") for number in range(1, 14))
TUNED = {"batch_size": 32, "epochs": 6}

# technique, title, settings, KiB of flash, KiB by gzip, accuracy, milliseconds, share of mult-adds left, distinct values, seconds
FIGURES: tuple[tuple[str, str, dict[str, Any], float, float, float, float, float, int, float], ...] = (
    ("float32", "float32", {}, 872.6, 806.2, 0.9927, 2.31, 1.0, 4096, 6.1),
    ("float16", "float16 weights", {}, 444.4, 402.3, 0.9927, 2.33, 1.0, 4096, 5.9),
    ("dynamic", "int8 weights, float activations", {}, 246.0, 218.7, 0.9903, 1.9, 0.998, 255, 6.4),
    ("int8", "int8 after training", {"calibration_photos": 200}, 250.4, 220.9, 0.9878, 1.02, 0.998, 255, 11.2),
    ("int8_more", "int8, more calibration", {"calibration_photos": 1000}, 250.4, 220.8, 0.9903, 1.03, 0.998, 255, 24.0),
    ("int16", "int8 weights, int16 activations", {"calibration_photos": 200}, 263.8, 226.1, 0.9927, 9.8, 0.998, 255, 31.5),
    ("qat", "quantization-aware training", TUNED, 250.5, 221.4, 0.9927, 1.02, 0.998, 255, 212.0),
    ("pruned", "pruned", TUNED | {"sparsity": 0.5}, 250.4, 148.2, 0.9854, 1.02, 0.53, 240, 196.0),
    ("pruned_2_4", "pruned, 2 of 4", TUNED, 250.4, 151.9, 0.9805, 1.01, 0.53, 242, 199.0),
    ("clustered", "clustered", TUNED | {"clusters": 16}, 250.4, 121.6, 0.9830, 1.02, 0.98, 16, 188.0),
    (
        "pruned_qat", "pruned, then quantization-aware training", TUNED | {"sparsity": 0.5},
        250.5, 149.8, 0.9903, 1.02, 0.53, 241, 407.0,
    ),
    (
        "clustered_qat", "clustered, then quantization-aware training", TUNED | {"clusters": 16},
        250.5, 123.0, 0.9878, 1.03, 0.98, 17, 420.0,
    ),
    (
        "pruned_clustered", "pruned and clustered", TUNED | {"sparsity": 0.5, "clusters": 16},
        250.4, 92.4, 0.9781, 1.02, 0.53, 16, 371.0,
    ),
    (
        "pruned_clustered_qat", "pruned, clustered, then quantization-aware training", TUNED | {"sparsity": 0.5, "clusters": 16},
        250.5, 94.0, 0.9854, 1.02, 0.53, 16, 640.0,
    ),
)  # fmt: skip

TECHNIQUES = tuple(each[0] for each in FIGURES)


def layers_kept(technique: str) -> tuple[LayerKept, ...]:
    """What a technique wanted of the pointwise kernels; the last tuning of the chain makes one value too many in one of them."""
    zeros = 0.5 if "pruned" in technique else None
    values = 16 if "clustered" in technique else None
    if zeros is None and values is None:
        return ()
    made = []
    for number in range(1, 14):
        found = 17 if technique == "clustered_qat" and number == 7 else 16 if values else 241
        made.append(
            LayerKept(
                f"conv_pw_{number}",
                zeros,
                0.503 if zeros else 0.01,
                values,
                found,
                groups_wanted=technique == "pruned_2_4",
                whole=values is None or found <= values,
            )
        )
    return tuple(made)


def verdict(drop: float, gate: Gate, worst_class: str) -> Verdict:
    """As the gate judges a loss of accuracy on 400 validation photos."""
    failed = 100 * drop > gate.max_drop
    reasons = (f"it loses {100 * drop:.1f} points of accuracy, {gate.max_drop:g} are allowed",) if failed else ()
    return Verdict(not failed, reasons, drop, worst_class if drop > 0 else "", max(0.0, 2 * drop), 400, accuracy_failed=failed)


def files_of(technique: str, flash_bytes: int, gzip_bytes: int, accuracy: float, latency_ms: float) -> tuple[File, ...]:
    """A file for phones, and where the technique makes one a file for microcontrollers."""
    name = f"compressed/{technique}" if technique not in ("float32", "float16", "dynamic", "int8") else technique
    first = File(
        f"{name}.tflite", f"{len(technique):02x}" * 32, flash_bytes, gzip_bytes, accuracy, None, "its input is no int8",
        latency_ms, PASSED,
    )  # fmt: skip
    if technique in ("float32", "float16", "dynamic", "int16"):
        return (first,)
    micro = File(f"{name}_micro.tflite", "e5" * 32, flash_bytes - 328, gzip_bytes - 210, accuracy, 160_992, "", latency_ms, PASSED)
    return first, micro


def row(like: str, /, classes: tuple[str, ...] = plain_names(10), gate: Gate | None = None, **changes: Any) -> Row:
    """One technique with the figures above; `changes` replaces fields of it."""
    name, title, settings, flash, gzip, accuracy, latency, left, values, seconds = next(each for each in FIGURES if each[0] == like)
    trained = "epochs" in settings
    drop = 0.9927 - accuracy
    shown: dict[str, Any] = {
        "technique": name,
        "title": title,
        "trained": trained,
        "files": files_of(name, round(flash * KIB), round(gzip * KIB), accuracy, latency),
        "accuracy": accuracy,
        "val_accuracy": accuracy,
        "per_class": {each: 1.0 if place else round(accuracy - 0.05, 4) for place, each in enumerate(classes)},
        "drop": drop,
        "label_flips": round(410 * drop) + 1,
        "multiply_adds": MULTIPLY_ADDS,
        "multiply_adds_left": round(MULTIPLY_ADDS * left),
        "sparsity": 0.48 if "pruned" in name else 0.01,
        "values": values,
        "epochs": settings.get("epochs", 0),
        "seconds": seconds,
        "settings": settings,
        "left_alone": DEPTHWISE if "pruned" in name or "clustered" in name else (),
        "kept": layers_kept(name),
        "verdict": verdict(drop, gate or Gate(), classes[0] if classes else ""),
    }
    return Row(**(shown | changes))


def failed_row(technique: str = "int16", failure: str = "the converter refused: unsupported operator") -> Row:
    """A technique that made no file."""
    return Row(technique, technique, trained=False, failure=failure, seconds=3.0)


def flips(count: int, classes: tuple[str, ...], techniques: tuple[str, ...]) -> tuple[Flip, ...]:
    """Photos that some techniques name otherwise than the network, those first that most of them do."""
    return tuple(
        Flip(
            17 * number + 3,
            f"{number % 10}/IMG_{1100 + number}.JPG",
            classes[number % len(classes)],
            classes[(number if number % 3 else number + 1) % len(classes)],
            {technique: classes[(number + 2) % len(classes)] for technique in techniques[number % max(1, len(techniques)) :]},
        )
        for number in range(count)
    )


def sample(
    classes: tuple[str, ...] = plain_names(10),
    *,
    techniques: tuple[str, ...] = TECHNIQUES,
    flipped: int = 30,
    **changes: Any,
) -> Matrix:
    """A whole matrix; `changes` replaces fields of it."""
    rows = tuple(row(technique, classes) for technique in techniques)
    values: dict[str, Any] = {
        "build": "3f9a1c07de",
        "title": "Hands",
        "network": Network(0.9927, 0.993, dict.fromkeys(classes, 0.9927), 410, 400),
        "rows": rows,
        "chosen": "pruned_clustered_qat" if "pruned_clustered_qat" in techniques else techniques[0] if techniques else None,
        "flips": flips(flipped, classes, techniques[2:] or techniques),
        "seconds": sum(each.seconds for each in rows),
        "machine": "AMD EPYC 7B13, 2 cores",
    }
    return Matrix(**(values | changes))


def with_gaps() -> Matrix:
    """Nothing but what must be there: failures, no test photos, no figures, nothing chosen."""
    bare = Row("int8", "int8 after training", False, files=(File("int8.tflite", "d4" * 32, 256_392, 226_210),))
    return Matrix(
        "3f9a1c07de",
        "Hands",
        Network(0.0, 0.0, {}, 0, 0),
        (failed_row("float32"), bare, failed_row("qat", "")),
        shortfall="No file could be judged.",
    )


def hostile(classes: int = 10) -> Matrix:
    """Names that try to break out, wherever a name may stand."""
    names = hostile_names(classes)
    evil = tuple(
        row(
            technique,
            names,
            technique=f"{HOSTILE[place % len(HOSTILE)]}{place}",
            title=HOSTILE[place % len(HOSTILE)],
            settings={text: text for text in HOSTILE},
            left_alone=tuple(LeftAlone(text, text) for text in HOSTILE),
            kept=tuple(LayerKept(text, 0.5, 0.1, 16, 17, True, 0.2, False) for text in HOSTILE),
            verdict=Verdict(False, HOSTILE, 0.2, names[0], 0.4, 400, True),
            files=(File(f"compressed/{HOSTILE[1]}.tflite", HOSTILE[0], 256_392, 226_210, 0.9, None, HOSTILE[0], 1.0,
                        (Check(HOSTILE[0], "failed", HOSTILE[1]), Check("runs", "skipped", HOSTILE[4]))),),
        )
        for place, technique in enumerate(each[0] for each in FIGURES)
    )  # fmt: skip
    return sample(
        names,
        title=HOSTILE[1],
        rows=(*evil, failed_row(HOSTILE[0], HOSTILE[1])),
        flips=flips(40, names, tuple(each.technique for each in evil)),
        machine=HOSTILE[0],
        shortfall=HOSTILE[0],
        chosen=None,
    )


def photos(folder: Path, matrix: Matrix, sizes: Mapping[int, int] | None = None) -> Path:
    """Writes a picture for each photo whose label changed, as a build leaves it; a chequered square, so that it can be seen."""
    place = folder / FOLDER / "photos"
    place.mkdir(parents=True, exist_ok=True)
    for number, flip in enumerate(matrix.flips):
        side = (sizes or {}).get(flip.photo, 96)
        picture = Image.new("RGB", (side, side), ((53 * number) % 200, (97 * number) % 200, 120))
        picture.paste((230, 220, 200), (side // 4, side // 4, 3 * side // 4, 3 * side // 4))
        raw = io.BytesIO()
        picture.save(raw, "PNG")
        (place / f"{flip.photo}.png").write_bytes(raw.getvalue())
    return folder
