"""What is asked of a finished build: techniques, how much, which limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.compress.selection import check
from builder.compress.settings import Compression
from builder.compress.techniques import TECHNIQUES
from builder.errors import InvalidInput
from builder.gate import Gate
from builder.matrix import shelf


@dataclass(frozen=True, slots=True)
class Request:
    """What to do with a finished build.

    Args:
        techniques: names from `builder.matrix.shelf`, in any order.
        compression: how much, and how long to tune.
        gate: limits that every file is held against.
        calibration_photos: on how many photos int8 ranges are measured; None takes what a build takes.
        ladder: try the techniques one by one, the cheapest first, and stop at the first that passes.
        force: do again what is done already.
    """

    techniques: tuple[str, ...]
    compression: Compression = field(default_factory=Compression)
    gate: Gate = field(default_factory=Gate)
    calibration_photos: int | None = None
    ladder: bool = False
    force: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "techniques", shelf.in_order(self.techniques) if not self.ladder else tuple(self.techniques))
        for name in self.techniques:
            if name in TECHNIQUES:
                check(TECHNIQUES[name], self.compression)
        if self.calibration_photos is not None and not 1 <= self.calibration_photos <= 1_000_000:
            raise InvalidInput(f"Calibration takes 1 to 1,000,000 photos, not {self.calibration_photos:,}.")

    @classmethod
    def laddered(cls, gate: Gate, compression: Compression | None = None) -> Request:
        """What the gate tries, from cheap to dear."""
        return cls(shelf.LADDER, compression or Compression(), gate, ladder=True)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "techniques": list(self.techniques),
            "compression": self.compression.model_dump(mode="json"),
            "gate": self.gate.to_json(),
            "calibration_photos": self.calibration_photos,
            "ladder": self.ladder,
            "force": self.force,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Request:
        """The inverse of `to_json`."""
        return cls(
            techniques=tuple(values["techniques"]),
            compression=Compression(**values["compression"]),
            gate=Gate(**values["gate"]),
            calibration_photos=values.get("calibration_photos"),
            ladder=bool(values.get("ladder")),
            force=bool(values.get("force")),
        )
