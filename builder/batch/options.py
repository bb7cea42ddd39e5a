"""How a batch is run: where, when it stops early, who hears of it. None of it changes what is built."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from builder.addresses import MASK, is_masked, shown
from builder.batch.halving import check_eta
from builder.batch.rules import CONDITION_NAMES
from builder.batch.workers import check_count
from builder.conditions import Condition
from builder.errors import ConfigError

HOURS_MAX = 24 * 365
ADDRESSES = ("track", "storage")  # options that may hold a password


@dataclass(frozen=True, slots=True)
class Options:
    """How a batch is run; none of it changes what is built.

    Args:
        workers: builds at a time; None is sized from cores, memory and GPUs.
        per_gpu: workers that share a GPU.
        ray: address of a Ray cluster, or `local`; None builds here, without Ray.
        stop_when: a condition on a finished build, such as `accuracy>=98% and flash<=300KiB`; accuracy is the int8 file's on the
            validation photos.
        max_hours: of this run.
        halving: eta of successive halving; None trains every cell to its end.
        track: MLflow's tracking URI; None tracks nothing. A password in it is kept nowhere.
        storage: where workers of a cluster leave finished builds, any path that fsspec knows; None is the exports folder.

    Raises:
        ConfigError: a value out of range, or a condition that cannot be read.
    """

    workers: int | None = None
    per_gpu: int = 1
    ray: str | None = None
    stop_when: str | None = None
    max_hours: float | None = None
    halving: int | None = None
    track: str | None = field(default=None, repr=False)
    storage: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_count("--workers", self.workers)
        check_count("--per-gpu", self.per_gpu)
        if self.halving is not None:
            check_eta(self.halving)
        hours = self.max_hours
        if hours is not None and (isinstance(hours, bool) or not 0 < hours <= HOURS_MAX):
            raise ConfigError(f"--max-hours must be above 0 and at most {HOURS_MAX:,}, not {hours!r}.")
        if self.storage is not None and self.ray is None:
            raise ConfigError("--storage is where workers of a Ray cluster leave finished builds: give it together with --ray.")
        for name in ADDRESSES:
            address = getattr(self, name)
            if address is not None and is_masked(address):
                raise ConfigError(
                    f"--{name} {address} is without its password, which is kept nowhere. Give the same command again on "
                    f"the command line, with the password in place of {MASK}."
                )
        self.condition()

    def condition(self) -> Condition | None:
        """The condition of `stop_when`, read."""
        return None if self.stop_when is None else Condition.parse(self.stop_when, CONDITION_NAMES)

    def given(self) -> dict[str, Any]:
        """Those that were given, as plain values, with passwords: for the process that runs the batch, and for no file."""
        return {each.name: getattr(self, each.name) for each in fields(self) if getattr(self, each.name) != each.default}

    def to_json(self) -> dict[str, Any]:
        """The same as they may be kept and shown."""
        return {name: shown(value) if name in ADDRESSES else value for name, value in self.given().items()}
