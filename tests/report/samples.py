"""Hand-written reports that look like real ones: the figures of a build on photos of hands."""

from __future__ import annotations

from builder.architecture import Network
from builder.config import BuildConfig
from builder.planner import plan
from builder.report import (
    BuildInfo,
    BuildReport,
    Check,
    DatasetSummary,
    EpochRecord,
    KerasScores,
    Machine,
    Measured,
    SkippedPhoto,
    TrainingSummary,
    VariantMeasure,
    WarmStartSummary,
)

HOSTILE = (
    "<script>alert('class')</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} {% raw %}",
    "emoji 👩\u200d🔬 and 漢字",
    "line\nbreak\tand\x1b[31mescape",
    "right to left \u202egnp.exe",
    "slash/and\\back & ampersand",
    "x" * 500,
    "'; DROP TABLE photos; --",
    "",
)


def hostile_names(count: int) -> tuple[str, ...]:
    """Class names that try to break out, each different."""
    return tuple(f"{HOSTILE[index % len(HOSTILE)]} {index}" for index in range(count))


def plain_names(count: int) -> tuple[str, ...]:
    """Class names as people write them."""
    return tuple(f"hand {index}" for index in range(count))


def confusion_of(classes: int, photos: int = 41) -> tuple[tuple[int, ...], ...]:
    """Nearly a diagonal: every third class loses two photos to its neighbour, every seventh one more to a class far away."""
    rows = [[0] * classes for _ in range(classes)]
    for true in range(classes):
        lost = 2 if true % 3 == 0 else 0
        far = 1 if true % 7 == 0 else 0
        rows[true][(true + 1) % classes] += lost
        rows[true][(true + classes // 2) % classes] += far
        rows[true][true] += photos - lost - far
    return tuple(tuple(row) for row in rows)


def history(epochs: int = 6) -> tuple[EpochRecord, ...]:
    """A warm start: steep, then flat; the best epoch is the last but one."""
    accuracies = (0.621, 0.913, 0.958, 0.976, 0.985, 0.988)
    val = (0.742, 0.951, 0.972, 0.985, 0.993, 0.991)
    return tuple(
        EpochRecord(
            epoch=number + 1,
            loss=1.7 / (number + 1),
            accuracy=accuracies[number],
            val_loss=1.5 / (number + 1),
            val_accuracy=val[number],
            learning_rate=1e-3 / (number + 1),
            seconds=12.4,
            images_per_second=142.0 + number,
        )
        for number in range(min(epochs, len(val)))
    )


def checks(*names: str) -> tuple[Check, ...]:
    """Checks that passed."""
    return tuple(Check(name, "passed") for name in names)


def variants() -> dict[str, VariantMeasure]:
    """Five files of a network with alpha 0.25 and ten classes."""
    common = ("metadata", "runs")
    return {
        "float32": VariantMeasure(
            "float32.tflite", "a1" * 32, 893_612, 0.9927, None, "float files do not run on TFLite Micro here", 2.31, 2, 0, 2.4e-7,
            212_906, 13_316_608, checks(*common, "mediapipe"),
        ),
        "float16": VariantMeasure(
            "float16.tflite", "b2" * 32, 455_104, 0.9927, None, "float16 weights are for phones", 2.33, 2, 0, 3.1e-4,
            212_906, 13_316_608, checks(*common),
        ),
        "dynamic": VariantMeasure(
            "dynamic.tflite", "c3" * 32, 251_890, 0.9903, None, "TFLite Micro has no hybrid kernels", 1.9, 2, 2, 0.031,
            212_906, 13_316_608, checks(*common),
        ),
        "int8": VariantMeasure(
            "int8.tflite", "d4" * 32, 256_392, 0.9903, None, "its input is uint8: see int8_micro", 1.02, 2, 2, 0.043,
            212_906, 13_316_608,
            (*checks(*common, "integer"), Check("mediapipe", "skipped", "libEGL.so.1 is not installed")),
        ),
        "int8_micro": VariantMeasure(
            "int8_micro.tflite", "e5" * 32, 256_064, 0.9903, 160_992, "", 1.04, 2, 2, 0.043,
            212_906, 13_316_608, checks(*common, "integer", "micro"),
        ),
    }  # fmt: skip


def sample(
    classes: tuple[str, ...] = plain_names(10),
    *,
    epochs: int = 6,
    measures: dict[str, VariantMeasure] | None = None,
    accuracy: float = 0.9927,
    **changes: object,
) -> BuildReport:
    """A whole report; `changes` replaces fields of it."""
    count = len(classes)
    config = BuildConfig(data="photos/hands", alpha=0.25, resolution=128)
    confusion = confusion_of(count)
    values: dict[str, object] = {
        "build": BuildInfo(
            "3f9a1c07de", "hands-a0.25-r128", "Hands", 1_760_000_000.0, 1_760_000_161.0,
            {"data": 9.1, "train": 88.4, "export": 5.2, "verify": 21.7},
        ),
        "config": config.model_dump(mode="json"),
        "predicted": plan(Network(alpha=0.25, resolution=128, classes=max(2, count))).to_json(),
        "measured": Measured(
            KerasScores(
                accuracy=accuracy,
                val_accuracy=0.993,
                images=sum(map(sum, confusion)),
                per_class={name: row[index] / sum(row) for index, (name, row) in enumerate(zip(classes, confusion, strict=True))},
                confusion=confusion,
            ),
            variants() if measures is None else measures,
        ),
        "dataset": DatasetSummary(
            data="photos/hands",
            fingerprint="9c" * 32,
            classes=classes,
            photos=205 * count + 2,
            used=205 * count,
            per_class={name: {"train": 144, "validation": 20, "test": 41} for name in classes},
            bad=(SkippedPhoto("3/IMG_<b>1118</b>.JPG", "truncated: 812 bytes are missing"), SkippedPhoto("7/notes.jpg", "text")),
            duplicates=3,
            notes=("3 photos have an exact copy; copies stay in one split.",),
        ),
        "training": TrainingSummary(epochs, 5 if epochs else None, 144.0 if epochs else None, history(epochs), 32, "float32"),
        "warm_start": WarmStartSummary("tflite", "a float MobileNet v1 0.25 was given"),
        "seeds": {"seed": 0, "split_seed": 0},
        "versions": {"python": "3.11.9", "tensorflow": "2.21.0", "keras": "3.15.1"},
        "machine": Machine("AMD EPYC 7B13", 2, "Linux 6.8 x86_64", 24 * 1024**3),
        "labels": classes,
        "notes": ("The classifier has 10 classes in place of 1001 and starts from scratch.",),
    }  # fmt: skip
    return BuildReport(**(values | changes))  # type: ignore[arg-type]
