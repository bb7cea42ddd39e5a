"""What a design costs before it exists: exact counts for this network and for the same one with standard convolutions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from builder.architecture import Network
from builder.cost import Cost, cost, cost_of, standard_convolutions
from builder.errors import ConfigError


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
class Plan:
    """A network's cost, and that of the same network with standard convolutions."""

    network: Network
    cost: Cost
    standard_convolution: Cost

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
