"""One trained network at several resolutions: what each costs, as predicted and as measured, and what it brings.

    Resolutions
    └── rows: Row               a resolution, the build's own among them
        └── files: File         a .tflite: predicted beside measured

It lies in a build's folder as `resolutions/resolutions.json`; the files of a resolution lie beside it in `resolutions/<pixels>/`,
those of the build's own where the build wrote them. Shares are 0 to 1, sizes are bytes, times are seconds unless a name says
milliseconds. `None` means not measured, and a reason stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from builder.architecture import BASE_RESOLUTION
from builder.report.model import PREFERRED, BuildReport, Check, VariantMeasure
from builder.report.plain import plain

FORMAT = 1  # of resolutions.json
FOLDER = "resolutions"  # inside the build's
NAME = "resolutions.json"
FOR_FIRMWARE = "int8_micro"


@dataclass(frozen=True, slots=True)
class Predicted:
    """What the planner says of a file; `arena_bytes` of int8_micro alone."""

    flash_bytes: int
    arena_bytes: int | None
    multiply_adds: int

    @classmethod
    def of(cls, plan: Mapping[str, Any], variant: str) -> Self | None:
        """From a plan's JSON, such as a report's `predicted`; None where it says nothing of the file."""
        try:
            planned = plan["variants"][variant]
            return cls(int(planned["flash_bytes"]), planned.get("arena_bytes"), int(plan["multiply_adds"]))
        except (KeyError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class File:
    """One .tflite.

    Args:
        measured: from its bytes; `file` is its path below the build's folder.
        predicted: by the planner, before there was a file.
        drop: share of test photos lost against the same variant at the build's own resolution; below 0 where some were won.
    """

    measured: VariantMeasure
    predicted: Predicted | None = None
    drop: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One resolution.

    Args:
        resolution: height and width in pixels.
        accuracy: of the trained network at this resolution, on the test photos.
        val_accuracy: the same on the validation photos.
        drop: share of test photos that the network loses against the build's own resolution.
        per_class: accuracy by class; None for a class without test photos.
        files: by variant.
        seconds: how long it took: photos, export, verification; 0 for the build's own.
        cpu: of the machine that measured the latencies.
    """

    resolution: int
    accuracy: float
    val_accuracy: float | None = None
    drop: float | None = None
    per_class: dict[str, float | None] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    seconds: float = 0.0
    cpu: str = ""

    @property
    def rho(self) -> float:
        """The resolution multiplier: resolution / 224."""
        return self.resolution / BASE_RESOLUTION

    @property
    def arena_bytes(self) -> int | None:
        """TFLite Micro's arena of the file for microcontrollers, where there is one."""
        micro = self.files.get(FOR_FIRMWARE)
        return None if micro is None else micro.measured.arena_bytes

    @property
    def failed_checks(self) -> tuple[tuple[str, Check], ...]:
        """Every failed check with its file."""
        return tuple((file.measured.file, check) for file in self.files.values() for check in file.measured.failed)

    @property
    def skipped_checks(self) -> tuple[tuple[str, Check], ...]:
        """Every skipped check with its file."""
        return tuple((file.measured.file, check) for file in self.files.values() for check in file.measured.skipped)

    @classmethod
    def own(cls, report: BuildReport) -> Self:
        """The build's own resolution, from its report."""
        keras = report.measured.keras
        return cls(
            resolution=int(report.config["resolution"]),
            accuracy=keras.accuracy,
            val_accuracy=keras.val_accuracy,
            drop=0.0,
            per_class=dict(keras.per_class),
            files={
                variant: File(made, Predicted.of(report.predicted, variant), None if made.accuracy is None else 0.0)
                for variant, made in report.measured.variants.items()
            },
            cpu=report.machine.cpu,
        )


@dataclass(frozen=True, slots=True)
class Resolutions:
    """A build at every resolution that it was exported at.

    Args:
        build: the build's id.
        title: what people see.
        trained_at: the resolution that it was trained at.
        test_photos: how many every accuracy rests on; the same photos at every resolution.
        weights_sha256: of the trained weights that all files hold.
        rows: sorted by resolution, the build's own among them.
        format: of resolutions.json.
    """

    build: str
    title: str
    trained_at: int
    test_photos: int
    weights_sha256: str
    rows: tuple[Row, ...]
    format: int = FORMAT

    @property
    def own(self) -> Row:
        """The row of the build's own resolution."""
        return next(row for row in self.rows if row.resolution == self.trained_at)

    @property
    def others(self) -> tuple[Row, ...]:
        """The rows that were exported beside it."""
        return tuple(row for row in self.rows if row.resolution != self.trained_at)

    @property
    def shown(self) -> str | None:
        """The variant to compare resolutions by: the preferred one of those that most rows have; None where there is no file."""
        counts = {name: sum(name in row.files for row in self.rows) for name in PREFERRED}
        return max(PREFERRED, key=lambda name: counts[name]) if any(counts.values()) else None

    def row(self, resolution: int) -> Row | None:
        """The row of a resolution."""
        return next((row for row in self.rows if row.resolution == resolution), None)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: what resolutions.json holds."""
        values: dict[str, Any] = plain(self)
        return {"format": values.pop("format")} | values
