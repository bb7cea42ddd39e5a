"""What came of one build of a batch, in a few numbers: what the table shows and what `--stop-when` asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from builder.report import BuildReport


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of a finished build; None where something was not measured.

    Args:
        variant: the file that they are of, but for `accuracy`: the one for the target, where the batch has one and it was made,
            else the one that the gate judged, else the one to show first.
        accuracy: of the file that the gate judged on the validation photos, 0 to 1, on which choices are made; both int8 files come
            from one calibration. Of the trained network where no gate looked at a file.
        is_judged: whether a gate did.
        judged: the file that it looked at; empty where none did, and in records that do not say.
        test_accuracy: of `variant` on the test photos, 0 to 1, which are only reported.
        flash_bytes: its size.
        arena_bytes: TFLite Micro's arena of that file; None where it has none.
        multiply_adds: of one run.
        parameters: weights and biases in it.
        latency_ms: median of one photo on the machine that built it.
        epochs: that were trained.
        seconds: of work.
        gate: why the gate refuses the file; empty where it passed, or where there was none.
    """

    variant: str = ""
    accuracy: float | None = None
    test_accuracy: float | None = None
    flash_bytes: int | None = None
    arena_bytes: int | None = None
    multiply_adds: int | None = None
    parameters: int | None = None
    latency_ms: float | None = None
    epochs: int = 0
    seconds: float = 0.0
    gate: str = ""
    is_judged: bool = False
    judged: str = ""

    @classmethod
    def of(cls, report: BuildReport, target: str = "") -> Self:
        """The figures of a report.

        Args:
            report: of the build.
            target: the variant that the batch's device or budget asks for; empty where there is none.
        """
        measured, judged = report.measured, report.gate
        usual = judged.variant if judged is not None else report.hero or ""
        variant = target if target in measured.variants else usual
        made = measured.variants.get(variant)
        accuracy = measured.keras.val_accuracy
        if judged is not None and accuracy is not None:
            accuracy -= judged.verdict.drop
        return cls(
            variant=variant,
            accuracy=accuracy,
            test_accuracy=made.accuracy if made else measured.keras.accuracy,
            flash_bytes=made.flash_bytes if made else None,
            arena_bytes=made.arena_bytes if made else None,
            multiply_adds=made.multiply_adds if made else None,
            parameters=made.parameters if made else None,
            latency_ms=made.latency_ms if made else None,
            epochs=len(report.training.history),
            seconds=report.build.took,
            gate="; ".join(judged.verdict.reasons) if judged is not None else "",
            is_judged=judged is not None,
            judged=judged.variant if judged is not None else "",
        )

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {name: getattr(self, name) for name in FIELDS}


FIELDS = tuple(each.name for each in fields(Outcome))
