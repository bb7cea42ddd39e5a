"""Published latencies of MobileNet v1, one row a measurement, each with its source: `latency.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from builder.architecture import Network
from builder.cost import Cost, cost

Engine = Literal["micro", "cpu", "npu"]
DATA = Path(__file__).with_name("latency.toml")
SPREADS = ("family", "core", "library", "core_and_library", "device", "precision", "size", "series", "row")


@dataclass(frozen=True, slots=True)
class Core:
    """What decides how many mult-adds a core can do in a cycle; `int8_dot` is Arm's int8 dot-product instruction."""

    name: str
    engine: Engine
    family: str
    int8_dot: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One published latency: `ms` for one inference of `network`, shared by `threads` cores at `mhz` (None: not published)."""

    device: str
    core: str
    library: str
    precision: str
    network: Network
    ms: float
    mhz: float | None
    threads: int
    source: str
    measured: bool

    def __str__(self) -> str:
        net = self.network
        how = "" if self.measured else ", an estimate of the compiler's"
        return (
            f"{self.device}, {self.library}, {self.precision}: alpha {net.alpha:g} at {net.resolution} px, "
            f"{self.ms:.4g} ms ({self.source}{how})"
        )


@dataclass(frozen=True, slots=True)
class Published:
    """All rows and the cores they ran on; by engine how far rows lie apart (standard deviations of a logarithm); by
    what is known of a board, how many standard errors hold nine in ten."""

    rows: tuple[Row, ...]
    cores: dict[str, Core]
    spread: dict[str, tuple[float, ...]]
    reach: dict[str, float]


@cache
def cost_of_row(network: Network) -> Cost:
    """The counts of a published network; rows share a few."""
    return cost(network)


def _row(row: dict[str, Any], source: str, measured: bool) -> Row:
    alpha, resolution, channels, classes = row["network"]
    entry = row.get("entry", "")
    return Row(
        device=row["device"],
        core=row["core"],
        library=row["library"],
        precision=row["precision"],
        network=Network(float(alpha), resolution, channels, classes),
        ms=float(row["ms"]),
        mhz=float(row["mhz"]) if "mhz" in row else None,
        threads=row.get("threads", 1),
        source=f"{source}:{entry}" if entry else source,
        measured=measured,
    )


@cache
def published() -> Published:
    """Reads `latency.toml`, once."""
    with DATA.open("rb") as file:
        data = tomllib.load(file)
    return Published(
        rows=tuple(_row(row, group["source"], group.get("measured", True)) for group in data["published"] for row in group["rows"]),
        cores={name: Core(name, **values) for name, values in data["cores"].items()},
        spread={engine: tuple(values[name] for name in SPREADS) for engine, values in data["spread"].items()},
        reach=data["reach"],
    )
