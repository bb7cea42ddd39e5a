"""A plan's numbers and its JSON."""

from __future__ import annotations

import pytest

from builder.architecture import Network
from builder.config import BuildConfig
from builder.errors import ConfigError
from builder.planner import plan


def test_plan_takes_settings_or_a_network() -> None:
    network = Network(alpha=0.25, resolution=96, classes=2)
    assert plan(BuildConfig(alpha=0.25, resolution=96), classes=2) == plan(network)


def test_plan_needs_the_number_of_classes() -> None:
    with pytest.raises(ConfigError, match="classes"):
        plan(BuildConfig())


def test_plan_json_has_the_dials_and_the_counts() -> None:
    values = plan(Network(alpha=0.25, resolution=96, classes=2)).to_json()
    assert values["rho"] == 96 / 224
    assert (values["parameters"], values["multiply_adds"]) == (210_850, 7_489_664)
    assert values["keras_parameters"] > values["parameters"]


def test_plan_json_layers_add_up() -> None:
    values = plan(Network(alpha=0.5, resolution=128, classes=10)).to_json()
    assert sum(layer["multiply_adds"] for layer in values["layers"]) == values["multiply_adds"]
    assert sum(layer["parameters"] for layer in values["layers"]) == values["parameters"]
