"""What a design costs before it exists: exact counts, sizes of every file, a verdict against a budget, and the way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from builder.architecture import Network
from builder.budget import Budget
from builder.cost import Cost, cost, cost_of, standard_convolutions
from builder.errors import ConfigError
from builder.latency import Latency
from builder.planner.compute import Binary, Separable, Share
from builder.planner.expectation import Expectation
from builder.planner.frontier import NothingFits
from builder.planner.ram import Ram
from builder.planner.remedies import Remedy
from builder.planner.verdict import Check


class Design(Protocol):
    """Whatever names the dials: a `BuildConfig` or a `Network`."""

    @property
    def alpha(self) -> float: ...
    @property
    def resolution(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def classes(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class VariantPlan:
    """One file of the design.

    Args:
        variant: float32, float16, dynamic, int8 or int8_micro.
        flash_bytes: the file's size.
        arena_bytes: TFLite Micro's arena on a 64-bit host with reference kernels; None except for `int8_micro`.
        ram: RAM while it runs, on the budget's device or on a typical one.
        latency: None where there is no device, or its speed is unknown.
        expected: accuracy to expect.
        fits: None without a budget.
        checks: each limited resource held against its limit.
        reasons: sentences: how much is left or missing, and because of which part.
        remedies: the nearest change of each dial alone that would fit; empty where it fits.
    """

    variant: str
    flash_bytes: int
    arena_bytes: int | None
    ram: Ram
    latency: Latency | None
    expected: Expectation
    fits: bool | None = None
    checks: tuple[Check, ...] = ()
    reasons: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a design costs, and whether it fits.

    Args:
        network: the design.
        cost: exact counts, in total and by layer.
        standard_convolution: the same network with standard convolutions.
        binary: the same with 1-bit weights and activations.
        separable: the paper's ratio for each of the 13 blocks.
        shares: where parameters and mult-adds sit, by kind of layer.
        variants: by name, in the order of `builder.flash.VARIANTS`.
        peak_layer: the layer while which most activation bytes are alive.
        ram_by_layer: (name, bytes of activations alive at int8) for each operator of `int8_micro`.
        left_out: what the figures of flash and RAM leave out, as sentences with typical sizes.
        budget: what it was held against; None without one.
        nothing_fits: what would do, where no variant fits and no design of the plane does.
    """

    network: Network
    cost: Cost
    standard_convolution: Cost
    binary: Binary | None = None
    separable: tuple[Separable, ...] = ()
    shares: tuple[Share, ...] = ()
    variants: Mapping[str, VariantPlan] | None = None
    peak_layer: str = ""
    ram_by_layer: tuple[tuple[str, int], ...] = ()
    left_out: tuple[str, ...] = ()
    budget: Budget | None = None
    nothing_fits: NothingFits | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values for `plan --json` and for `predicted` in report.json."""
        network = self.network
        return {
            "alpha": network.alpha,
            "rho": network.rho,
            "resolution": network.resolution,
            "classes": network.classes,
            "channels": network.channels,
            "parameters": self.cost.parameters,
            "keras_parameters": self.cost.keras_parameters,
            "multiply_adds": self.cost.multiply_adds,
            "standard_convolution": {
                "multiply_adds": self.standard_convolution.multiply_adds,
                "parameters": self.standard_convolution.parameters,
            },
            "layers": [asdict(layer) for layer in self.cost.layers],
        }


def plan(design: Design, *, classes: int | None = None) -> Plan:
    """The exact cost of a design, without building it.

    Args:
        design: a `BuildConfig` or a `Network`.
        classes: number of classes, where the design leaves it open.

    Returns:
        A `Plan`; `plan(design).cost.multiply_adds` and its kind are exact counts.

    Raises:
        ConfigError: a value is out of range, or nobody said how many classes there are.

    Example:
        >>> plan(Network(alpha=0.25, resolution=96, classes=2)).cost.parameters
        210850
    """
    count = design.classes if classes is None else classes
    if count is None:
        raise ConfigError("The number of classes is needed: give classes=10, say.")
    network = Network(alpha=design.alpha, resolution=design.resolution, channels=design.channels, classes=count)
    return Plan(network, cost(network), cost_of(standard_convolutions(network)))
