"""What a model may cost: flash, RAM, mult-adds, latency, less what the rest of the app needs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from builder.device import LITERT
from builder.devices import Device, Runtime, runtime
from builder.errors import ConfigError
from builder.sizes import format_size, parse_size

Size = str | int | float

# The least that any interpreter takes before a model is loaded; smaller budgets hold no model at all.
SMALLEST_RUNTIME = Runtime(
    library="TFLite Micro",
    flash_bytes=16_384,
    ram_bytes=1_024,
    scratch_ram_bytes=None,
    source="tensorflow.org/lite/microcontrollers: 16 KB of flash; RAM: the smallest input, 32 x 32 grey pixels",
)


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits on a model; None is no limit.

    Args:
        flash_bytes: flash or file size, the reserve included.
        ram_bytes: RAM while the model runs, the reserve included.
        multiply_adds: mult-adds of one inference.
        latency_ms: milliseconds of one inference.
        reserve_flash_bytes: flash that the rest of the app keeps.
        reserve_ram_bytes: RAM that the rest of the app keeps: stack, camera frame, network.

    Raises:
        ConfigError: a limit that is not above zero, a reserve that leaves nothing, or less than an interpreter itself takes.
    """

    flash_bytes: int | None = None
    ram_bytes: int | None = None
    multiply_adds: int | None = None
    latency_ms: float | None = None
    reserve_flash_bytes: int = 0
    reserve_ram_bytes: int = 0
    device: Device | None = None

    def __post_init__(self) -> None:
        for what, limit in (("The flash budget", self.flash_bytes), ("The RAM budget", self.ram_bytes)):
            if limit is not None:
                _whole(what, limit, least=1)
        _whole("The flash reserve", self.reserve_flash_bytes, least=0)
        _whole("The RAM reserve", self.reserve_ram_bytes, least=0)
        if self.multiply_adds is not None:
            _whole("The limit of mult-adds", self.multiply_adds, least=1)
        if self.latency_ms is not None:
            check_latency(self.latency_ms)
        needs = self.runtime
        _room("flash", self.flash_bytes, self.reserve_flash_bytes, needs.flash_bytes, needs)
        _room("RAM", self.ram_bytes, self.reserve_ram_bytes, needs.ram_bytes, needs)

    @property
    def runtime(self) -> Runtime:
        """What the interpreter takes: of the device's kernel library, or the least that is known."""
        if self.device is None:
            return SMALLEST_RUNTIME
        return LITERT if self.device.on_linux else runtime(self.device) or SMALLEST_RUNTIME

    @property
    def model_flash_bytes(self) -> int | None:
        """Flash that is left for the model."""
        return None if self.flash_bytes is None else self.flash_bytes - self.reserve_flash_bytes

    @property
    def model_ram_bytes(self) -> int | None:
        """RAM that is left for the model."""
        return None if self.ram_bytes is None else self.ram_bytes - self.reserve_ram_bytes

    @property
    def limited(self) -> bool:
        """Whether there is any limit at all."""
        return any(limit is not None for limit in (self.flash_bytes, self.ram_bytes, self.multiply_adds, self.latency_ms))

    @classmethod
    def of(
        cls,
        device: Device | None = None,
        *,
        flash: Size | None = None,
        ram: Size | None = None,
        multiply_adds: int | None = None,
        latency_ms: float | None = None,
        reserve_flash: Size = 0,
        reserve_ram: Size = 0,
    ) -> Budget:
        """A budget from what people write; a device fills in the flash and RAM that are not given.

        Args:
            device: from `builder.devices`.
            flash: for example `300KiB`.
            ram: for example `64 KiB`.
            multiply_adds: the most that one inference may take.
            latency_ms: the most that one inference may take.
            reserve_flash: for the rest of the app; zero is none.
            reserve_ram: for the rest of the app; zero is none.

        Returns:
            A `Budget`. Flash or RAM that nobody knows stays without a limit.

        Raises:
            ConfigError: as for `Budget`, or a size that cannot be read.

        Example:
            >>> Budget.of(flash="1 MiB", reserve_flash="256 KiB").model_flash_bytes
            786432
        """
        return cls(
            flash_bytes=_limit(flash, "flash", device.flash_bytes if device else None),
            ram_bytes=_limit(ram, "RAM", device.ram_bytes if device else None),
            multiply_adds=multiply_adds,
            latency_ms=latency_ms,
            reserve_flash_bytes=_reserve(reserve_flash, "the flash reserve"),
            reserve_ram_bytes=_reserve(reserve_ram, "the RAM reserve"),
            device=device,
        )


def check_latency(latency_ms: float) -> float:
    """Returns the latency, or raises `ConfigError` unless it is a number of milliseconds above zero."""
    if isinstance(latency_ms, bool) or not isinstance(latency_ms, int | float) or not math.isfinite(latency_ms) or latency_ms <= 0:
        raise ConfigError(f"The latency budget must be a number of milliseconds above zero, not {latency_ms!r}.")
    return latency_ms


def _whole(what: str, value: int, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigError(f"{what} must be a whole number, {least} or more, not {value!r}.")


def _limit(size: Size | None, what: str, of_device: int | None) -> int | None:
    """What was asked for, else what the device has."""
    return of_device if size is None else parse_size(size, what)


def _reserve(size: Size, what: str) -> int:
    """Like `parse_size`, but zero is allowed: nothing is kept back."""
    return 0 if size in (0, "0") and not isinstance(size, bool) else parse_size(size, what)


def _room(what: str, limit: int | None, reserve: int, needed: int | None, needs: Runtime) -> None:
    """Refuses a budget that holds no model: smaller than the interpreter, or all of it reserved."""
    if limit is None:
        return
    if needed is not None and limit < needed:
        raise ConfigError(
            f"The {what} budget of {format_size(limit)} is smaller than what {needs.library} takes before a model is loaded, "
            f"{format_size(needed)} ({needs.source}). Give it more {what}, or choose a larger device."
        )
    if reserve >= limit:
        raise ConfigError(
            f"The {what} reserve of {format_size(reserve)} leaves nothing of the budget of {format_size(limit)}: "
            "reserve less than the budget."
        )
