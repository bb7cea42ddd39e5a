"""The quick counts are those of the table of layers."""

from __future__ import annotations

import random

from builder.architecture import Network
from builder.cost import cost
from builder.planner.counts import LAYERS, counts, widths


def test_counts_are_those_of_the_layers_of_random_networks() -> None:
    draw = random.Random(0)
    for _ in range(60):
        network = Network(draw.uniform(0.03, 2), draw.randint(32, 300), draw.choice((1, 3)), draw.randint(2, 1000))
        exact = cost(network)
        quick = counts(widths(network.alpha, network.channels, network.classes), network.resolution)
        activations = sum(layer.activation_bytes for layer in exact.layers)
        assert (quick.multiply_adds, quick.parameters, quick.activations) == (exact.multiply_adds, exact.parameters, activations)
        assert len(exact.layers) == LAYERS
