"""What fits a budget best."""

from __future__ import annotations

import json

import pytest

from builder import devices
from builder.architecture import Network
from builder.arena import arena
from builder.budget import Budget
from builder.errors import ConfigError
from builder.flash import flash_bytes
from builder.planner import Builds, Measured, fit

BUDGET = Budget.of(flash="1MiB", ram="256KiB")
PICO = devices.find("Raspberry Pi Pico")


def test_candidates_fit_and_the_most_accurate_is_first() -> None:
    found = fit(BUDGET, classes=10).candidates
    assert found
    accuracies = [candidate.expected.accuracy for candidate in found]
    assert accuracies == sorted(accuracies, reverse=True)
    for candidate in found:
        assert candidate.flash_bytes <= 1024**2
        assert candidate.ram.typical <= 256 * 1024
        assert min(candidate.headroom.values()) >= 0


def test_candidates_have_the_exact_figures() -> None:
    best = fit(BUDGET, classes=3, labels=["a", "b", "c"]).candidates[0]
    network = Network(best.alpha, best.resolution, classes=3)
    assert best.flash_bytes == flash_bytes(network, best.variant, labels=["a", "b", "c"])
    assert best.arena_bytes == arena(network).total_bytes


def test_few_photos_get_alphas_with_a_warm_start_only() -> None:
    for photos in (None, 200, 49_999):
        assert {candidate.alpha for candidate in fit(BUDGET, classes=10, photos=photos).candidates} <= {0.25, 0.5, 0.75, 1.0}


def test_any_alpha_comes_after_those_with_a_warm_start_and_says_what_it_loses() -> None:
    found = fit(BUDGET, classes=10, photos=200, any_alpha=True).candidates
    warm = [candidate.warm_start for candidate in found]
    assert warm == sorted(warm, reverse=True)
    assert not all(warm)
    assert all(("ImageNet" in candidate.loses) != candidate.warm_start for candidate in found)
    assert {candidate.alpha for candidate in fit(BUDGET, classes=10, photos=200).candidates} == {
        candidate.alpha for candidate in found if candidate.warm_start
    }


def test_many_photos_need_no_warm_start() -> None:
    found = fit(BUDGET, classes=10, photos=50_000).candidates
    assert any(not candidate.warm_start for candidate in found)
    accuracies = [candidate.expected.accuracy for candidate in found]
    assert accuracies == sorted(accuracies, reverse=True)


def test_a_device_limits_memory_and_files() -> None:
    found = fit(devices.find("Coral Dev Board"), classes=10).candidates
    assert {candidate.variant for candidate in found} == {"int8"}
    assert all(candidate.latency_ms is not None for candidate in found)


def test_latency_and_mult_adds_are_limits_too() -> None:
    slow = fit(PICO, classes=2).candidates[0]
    quick = fit(Budget.of(PICO, latency_ms=1000), classes=2).candidates[0]
    assert slow.latency_ms is not None
    assert quick.latency_ms is not None
    assert quick.latency_ms[1] <= 1000 < slow.latency_ms[1]
    assert fit(Budget.of(multiply_adds=5_000_000), classes=2).candidates[0].multiply_adds <= 5_000_000


def test_a_next_step_costs_more_and_gains_more() -> None:
    first, *others = fit(BUDGET, classes=10).candidates
    assert first.next_step is not None
    assert not first.next_step.fits
    within = [candidate.next_step for candidate in others if candidate.next_step is not None and candidate.next_step.fits]
    assert within
    assert all(step.points >= 0.01 for step in within)


def test_dials_can_be_held_still() -> None:
    found = fit(BUDGET, classes=10, alphas=[0.3], resolutions=[100], variants=["int8_micro"]).candidates
    assert [(each.alpha, each.resolution, each.variant) for each in found] == [(0.3, 100, "int8_micro")]


def test_nothing_fits_names_the_smallest_its_shortfall_and_devices() -> None:
    found = fit(Budget.of(flash="200KiB", ram="64KiB"), classes=10)
    assert found.candidates == ()
    assert found.nothing_fits is not None
    assert found.nothing_fits.smallest.alpha == 0.25
    assert found.nothing_fits.shortfall["flash"] == found.nothing_fits.smallest.flash_bytes - 200 * 1024
    for name in found.nothing_fits.devices:
        device = devices.find(name)
        assert device.flash_bytes is not None
        assert device.flash_bytes >= found.nothing_fits.smallest.flash_bytes
    assert any("--any-alpha" in note for note in found.notes)


def test_enough_test_photos_move_all_designs() -> None:
    builds = Builds({(0.25, 96, 3, "int8_micro"): Measured(0.97, 3000, 0.963, 0.976, "imagenet")})
    best = fit(BUDGET, classes=10, builds=builds).candidates[0]
    assert best.expected.measured
    assert best.expected.accuracy > 0.95


def test_a_small_build_does_not_overturn_the_ranking() -> None:
    plain = fit(BUDGET, classes=10)
    last = plain.candidates[-1]
    builds = Builds({(last.alpha, last.resolution, 3, last.variant): Measured(1.0, 19, 0.83, 1.0, "scratch")})
    found = fit(BUDGET, classes=10, builds=builds)
    order = [(each.alpha, each.resolution, each.variant) for each in plain.candidates]
    assert [(each.alpha, each.resolution, each.variant) for each in found.candidates] == order
    assert found.candidates[-1].expected.own is not None
    assert found.notes[0] == builds.note


def test_without_a_device_little_memory_offers_no_file_of_litert() -> None:
    found = fit(Budget.of(ram="3MiB"), classes=10)
    assert {each.variant for each in found.candidates} == {"int8_micro"}


def test_where_no_alpha_fits_it_says_how_low_they_go() -> None:
    found = fit(Budget.of(flash="20KiB"), classes=10)
    assert found.candidates == ()
    assert any("--any-alpha goes lower, to alpha 0.05 at 32 px" in note and "not fit either" in note for note in found.notes)


def test_json_has_the_contracts_keys() -> None:
    values = json.loads(json.dumps(fit(BUDGET, classes=10).to_json()))
    assert set(values["candidates"][0]) >= {
        "alpha",
        "rho",
        "resolution",
        "variant",
        "flash_bytes",
        "arena_bytes",
        "peak_ram_bytes",
        "multiply_adds",
        "expected_accuracy",
        "warm_start",
        "headroom",
        "next_step",
    }
    assert values["nothing_fits"] is None
    empty = json.loads(json.dumps(fit(Budget.of(flash="17KiB"), classes=10).to_json()))
    assert empty["candidates"] == []
    assert set(empty["nothing_fits"]) >= {"smallest", "shortfall", "devices"}


def test_a_reserve_and_what_is_left_out_are_said() -> None:
    assert any("--reserve-ram" in note for note in fit(BUDGET, classes=10).notes)
    reserved = Budget.of(flash="1MiB", ram="256KiB", reserve_ram="64KiB")
    assert not any("--reserve-ram" in note for note in fit(reserved, classes=10).notes)


@pytest.mark.parametrize(
    ("budget", "options", "named"),
    [
        (Budget(), {}, "limit"),
        (Budget.of(devices.find("Corstone-300")), {}, "Corstone-300"),
        (Budget.of(latency_ms=5), {}, "device"),
        (Budget.of(devices.find("Arduino Nicla Vision"), latency_ms=5), {}, "clock"),
        (BUDGET, {"variants": ["int4"]}, "int4"),
        (Budget.of(PICO), {"variants": ["float16"]}, "float16"),
        (BUDGET, {"alphas": [0.0]}, "alpha"),
        (BUDGET, {"resolutions": [16]}, "resolution"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_answered_is_refused(budget: Budget, options: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        fit(budget, classes=10, **options)  # type: ignore[arg-type]
