"""What stays the same while the dials move: classes, labels, the budget, builds of the same photos."""

from __future__ import annotations

from dataclasses import dataclass, field

from builder.architecture import Network
from builder.budget import Budget
from builder.device import VARIANTS, Device
from builder.errors import ConfigError
from builder.flash import Texts
from builder.planner.expectation import Builds

WARM_ALPHAS = (0.25, 0.5, 0.75, 1.0)  # those that ImageNet weights are published for


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything about a plan but alpha, resolution and variant.

    Args:
        classes: number of classes.
        channels: 3 or 1.
        labels: class names; None is the numbers from 0.
        texts: what the files say about themselves.
        budget: limits and device; None is no limit.
        builds: finished builds of the same photos.

    Raises:
        ConfigError: labels that are not one for each class, or a limit on the latency without a device.
    """

    classes: int
    channels: int = 3
    labels: tuple[str, ...] | None = None
    texts: Texts = field(default_factory=Texts)
    budget: Budget | None = None
    builds: Builds | None = None

    def __post_init__(self) -> None:
        Network(alpha=1.0, resolution=224, channels=self.channels, classes=self.classes)  # it checks both
        if self.labels is not None and len(self.labels) != self.classes:
            raise ConfigError(f"There must be a label for each of the {self.classes} classes, and there are {len(self.labels)}.")
        if self.budget is not None and self.budget.latency_ms is not None and self.budget.device is None:
            raise ConfigError("A latency budget needs a device to hold it against: name one, `builder devices` lists them.")

    @property
    def device(self) -> Device | None:
        """The device of the budget."""
        return None if self.budget is None else self.budget.device

    @property
    def variants(self) -> tuple[str, ...]:
        """Those that the device runs, or all."""
        return VARIANTS if self.device is None else tuple(variant for variant in VARIANTS if self.device.runs(variant))
