"""What the driver of a batch asks of a worker: one build with everything that is made of it, as one line of JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Task:
    """One cell of a batch as a worker gets it.

    Args:
        number: of the cell, from 1.
        build: the build's id, hex; a worker that finds other photos says so and builds nothing.
        config: `BuildConfig.model_dump(mode="json")`, with absolute paths.
        exports: the folder of finished builds.
        title: what people see; None is the folder's label.
        techniques: compressed files to make of the finished build, by the names of `builder.matrix.shelf`.
        resolutions: pixels at which to export it, too.
        bundle: whether to pack it for phone and board.
        pause_after: the epoch after which training pauses until the batch has compared it; None trains to the end.
        target: the device that it is for, as `builder.target` keeps it; empty where there is none.
    """

    number: int
    build: str
    config: Mapping[str, Any]
    exports: str
    title: str | None
    techniques: tuple[str, ...] = ()
    resolutions: tuple[int, ...] = ()
    bundle: bool = False
    pause_after: int | None = None
    target: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self) | {"techniques": list(self.techniques), "resolutions": list(self.resolutions)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        lists = {name: tuple(values[name]) for name in ("techniques", "resolutions")}
        return cls(**{**values, **lists})
