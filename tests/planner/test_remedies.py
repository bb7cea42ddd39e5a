"""Remedies: each changes one dial, fits, and is the nearest that does."""

from __future__ import annotations

import pytest

from builder import devices
from builder.architecture import Network
from builder.budget import Budget
from builder.planner import Remedy, plan
from builder.planner.remedies import largest_place

BUDGET = Budget.of(flash="250KiB", ram="80KiB")
DESIGN = Network(0.25, 96, classes=300)


def remedies(network: Network, budget: Budget, variant: str = "int8_micro") -> dict[str, Remedy]:
    return {remedy.dial: remedy for remedy in plan(network, budget=budget).variants[variant].remedies}


def fits(network: Network, budget: Budget, variant: str = "int8_micro") -> bool | None:
    return plan(network, budget=budget).variants[variant].fits


def test_alpha_is_the_nearest_that_fits() -> None:
    budget = Budget.of(flash="250KiB")
    after = remedies(DESIGN, budget)["alpha"].after
    assert isinstance(after, float)
    assert fits(Network(after, 96, classes=300), budget)
    assert not fits(Network(after + 0.01, 96, classes=300), budget)


def test_rho_is_the_nearest_multiple_of_8_that_fits_and_does_not_help_flash() -> None:
    budget = Budget.of(ram="80KiB")
    after = remedies(DESIGN, budget)["rho"].after
    assert isinstance(after, int)
    assert fits(Network(0.25, after, classes=300), budget)
    assert not fits(Network(0.25, after + 8, classes=300), budget)
    assert "rho" not in remedies(DESIGN, Budget.of(flash="250KiB"))


def test_fewer_classes_is_the_nearest_number_that_fits() -> None:
    budget = Budget.of(flash="300KiB")
    after = remedies(DESIGN, budget)["classes"].after
    assert isinstance(after, int)
    assert fits(Network(0.25, 96, classes=after), budget)
    assert not fits(Network(0.25, 96, classes=after + 1), budget)


def test_grayscale_helps_where_the_image_is_the_peak() -> None:
    wide = Network(0.05, 128, classes=2)
    assert remedies(wide, Budget.of(ram="60KiB"))["grayscale"].after == 1
    assert fits(Network(0.05, 128, channels=1, classes=2), Budget.of(ram="60KiB"))
    assert "grayscale" not in remedies(Network(0.05, 128, channels=1, classes=2), Budget.of(ram="20KiB"))


def test_precision_is_the_most_accurate_that_fits() -> None:
    found = plan(Network(0.25, 96, classes=2), budget=Budget.of(flash="400KiB", ram="8MiB")).variants["float32"].remedies
    by_dial = {remedy.dial: remedy for remedy in found}
    assert by_dial["precision"].after == "dynamic"  # 1,024 values and more in int8, computed in float


def test_an_alpha_without_a_warm_start_is_said_with_one_that_has_it() -> None:
    text = remedies(Network(1.0, 96, classes=10), Budget.of(flash="1.5MB"))["alpha"].text
    assert "no ImageNet weights" in text
    assert "alpha 0.5 has" in text


def test_where_no_dial_alone_is_enough_several_are_changed_at_once() -> None:
    found = remedies(Network(0.5, 224, classes=10), Budget.of(flash="400KiB", ram="110KiB"))
    assert set(found) == {"together"}
    assert "alpha 0.25" in found["together"].text


def test_what_a_device_does_not_run_is_led_to_what_it_runs() -> None:
    planned = plan(Network(1.0, 224, classes=10), budget=devices.find("NUCLEO-L4R5ZI"))
    assert planned.variants["float16"].remedies[0].after == "int8_micro"


def test_remedies_as_json_have_from_and_to() -> None:
    values = remedies(DESIGN, Budget.of(ram="80KiB"))["rho"].to_json()
    assert (values["dial"], values["from"]) == ("rho", 96)
    assert values["to"] < 96
    assert values["text"]


@pytest.mark.parametrize(("most", "expected"), [(-1, None), (0, 0), (3, 3), (9, 9), (50, 9)])
def test_halving_finds_the_last_that_fits(most: int, expected: int | None) -> None:
    assert largest_place(range(10), lambda value: value <= most) == expected
    assert largest_place(range(0), lambda _: True) is None
