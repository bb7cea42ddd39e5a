"""Which layers a technique works on, and why it leaves the others as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from builder.architecture import Layer, Network, layers
from builder.compress.techniques import Step, Technique
from builder.errors import ConfigError

if TYPE_CHECKING:
    from builder.compress.settings import Compression


@dataclass(frozen=True, slots=True)
class Skipped:
    """A layer that a technique left as it was, and why."""

    layer: str
    reason: str


def check(technique: Technique, compression: Compression) -> None:
    """Raises `ConfigError` where settings that are fine by themselves do not go together."""
    if technique.step == "cluster" and technique.keeps_zeros and compression.clusters < 3:
        raise ConfigError(
            f"clusters = {compression.clusters}: {technique.title} needs 3 or more, since zero takes one of them and positive and "
            "negative weights one each."
        )


def chosen(technique: Technique, step: Step, network: Network, compression: Compression) -> frozenset[str]:
    """The names of the layers that one of a technique's steps works on."""
    return frozenset(row.name for row in with_weights(network) if obstacle(technique, step, row, compression) is None)


def skipped(technique: Technique, network: Network, compression: Compression) -> tuple[Skipped, ...]:
    """The layers with weights that a technique, or one that it starts from, leaves alone. Each reason is given once a layer."""
    reasons = {
        (row.name, reason): None
        for row in with_weights(network)
        for step in technique.steps
        if (reason := obstacle(technique, step, row, compression)) is not None
    }
    return tuple(Skipped(layer, reason) for layer, reason in reasons)


def with_weights(network: Network) -> tuple[Layer, ...]:
    """The rows of the table that have a kernel."""
    return tuple(row for row in layers(network) if row.kind != "pool")


def obstacle(technique: Technique, step: Step, row: Layer, compression: Compression) -> str | None:
    """Why a step leaves a layer as it is; None where it does not. Quantization leaves none."""
    if step == "qat":
        return None
    if row.kind == "depthwise":
        return "depthwise kernels have few weights, and TFMOT neither prunes nor clusters them"
    inputs, outputs = row.input_shape[2], row.output_shape[2]
    if step == "prune_2_4" and inputs % 4:
        return f"its {inputs} input channels make no whole groups of four"
    if step == "cluster":
        left = round(row.kernel**2 * inputs * outputs * (1 - compression.sparsity if "prune" in technique.steps else 1))
        if left <= compression.clusters:
            return f"its {left} weights are no more than the {compression.clusters} clusters"
    return None
