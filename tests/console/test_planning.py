"""What `plan`, `fit` and `devices` show where --json is not asked for."""

from __future__ import annotations

import io

from builder import accuracy, devices
from builder.architecture import Network
from builder.budget import Budget
from builder.console import print_devices, print_fit, print_plan
from builder.planner import Builds, Measured, fit, plan


def shown_plan(network: Network, budget: Budget | devices.Device | None = None) -> str:
    stream = io.StringIO()
    print_plan(plan(network, budget=budget), file=stream)
    return stream.getvalue()


def test_a_plan_shows_every_file_with_its_memory() -> None:
    text = shown_plan(Network(0.25, 96, classes=2))
    assert "int8_micro" in text
    assert "83.3 KiB" in text  # 85,264 B
    assert "fits" not in text
    assert "1603.05279" in text
    assert "Left out" in text


def test_counts_of_layers_are_exact_and_add_up() -> None:
    lines = shown_plan(Network(1.0, 224, classes=1000)).splitlines()
    assert next(line for line in lines if line.startswith("in total")).split()[2:] == [
        f"{4_231_976 - 10_944:,}",
        "568,740,352",
    ]  # folded: a bias, not gamma and beta


def test_a_plan_says_who_runs_a_file_and_where_it_is_extrapolated() -> None:
    lines = shown_plan(Network(0.25, 96, classes=2)).splitlines()
    assert "LiteRT" in next(line for line in lines if line.startswith("int8 "))
    assert "TFLite Micro" in next(line for line in lines if line.startswith("int8_micro"))
    assert any("extrapolated below 128 px" in line for line in lines)


def test_a_measured_row_has_a_star_and_a_footnote() -> None:
    stream = io.StringIO()
    builds = Builds({(0.25, 96, 3, "int8"): Measured(0.947, 19, 0.754, 0.991, "scratch")})
    print_plan(plan(Network(0.25, 96, classes=2), builds=builds), file=stream)
    assert "%*" in stream.getvalue()
    assert "* int8: measured 94.7 % on 19 photos (75.4 % – 99.1 %), started from scratch." in stream.getvalue()
    assert "do not move the accuracy" in stream.getvalue()


def test_floats_in_software_are_told() -> None:
    text = shown_plan(Network(0.25, 96, classes=2), devices.find("Raspberry Pi Pico"))
    line = next(line for line in text.splitlines() if line.startswith("Latency of float32:"))
    assert "No floating-point unit and no published row in float32" in line
    assert "floating-point unit" not in shown_plan(Network(0.25, 96, classes=2), devices.find("NUCLEO-L4R5ZI"))


def test_devices_are_never_cut_off() -> None:
    stream = io.StringIO()
    print_devices(devices.catalogue(), file=stream)
    text = stream.getvalue()
    assert "…" not in text
    for device in devices.catalogue():
        assert device.name in text


def test_a_plan_shows_verdict_reason_and_remedy() -> None:
    text = shown_plan(Network(0.5, 96, classes=2), Budget.of(flash="350KiB", ram="1MiB"))
    assert "does not fit" in text
    assert "Held against 350.0 KiB flash, 1.0 MiB RAM." in text
    assert "too much" in text
    assert "→ alpha 0.31" in text


def test_what_a_device_does_not_run_has_no_memory_there() -> None:
    lines = shown_plan(Network(0.25, 96, classes=2), devices.find("Raspberry Pi Pico")).splitlines()
    row = next(line for line in lines if line.startswith("float16"))
    assert row.split()[3:6] == ["–", "–", "–"]  # run by, RAM, its range
    assert row.split()[-1] == "unsupported"
    assert "does not fit" not in row


def test_published_rows_stand_beside_the_latency_that_rests_on_them() -> None:
    device, network = devices.find("NUCLEO-L4R5ZI"), Network(0.25, 96, classes=2)
    time = plan(network, budget=device).variants["int8_micro"].latency
    assert time is not None
    text = shown_plan(network, device)
    assert f"Latency of int8_micro: rests on {time.rests_on[0]}; {time.rests_on[1]}." in text
    assert text.count("rests on") == 1
    assert "rests on" not in shown_plan(network)


def test_a_fit_shows_candidates_and_the_next_step() -> None:
    stream = io.StringIO()
    print_fit(fit(devices.find("Raspberry Pi Pico"), classes=2), file=stream)
    text = stream.getvalue()
    assert "What fits Raspberry Pi Pico: 2.0 MiB flash, 264.0 KiB RAM: 2 classes, colour" in text
    assert "ImageNet" in text
    assert "Next step: +" in text
    assert "more that are smaller" in text


def test_a_fit_without_candidates_says_what_would_do() -> None:
    stream = io.StringIO()
    print_fit(fit(Budget.of(flash="64KiB"), classes=2), file=stream)
    text = stream.getvalue()
    assert "Nothing fits. The smallest is alpha 0.25 at 32 px" in text
    assert "The smallest device that holds it" in text


def test_devices_show_dashes_for_what_nobody_knows() -> None:
    stream = io.StringIO()
    print_devices([devices.find("Himax WE-I Plus")], file=stream)
    row = next(line for line in stream.getvalue().splitlines() if line.startswith("Himax"))
    assert "–" in row
    assert "1 device;" in stream.getvalue()


def test_a_prior_names_its_precision_and_stands_beside_quantization_aware_training() -> None:
    network = Network(0.25, 128, classes=2)
    variants = plan(network).variants
    assert "float" in variants["float32"].expected.prior
    assert "int8 after training (PTQ)" in variants["int8"].expected.prior
    aware = accuracy.expected(0.25, 128, "int8", quantization_aware=True).top1
    assert f"quantization-aware training (QAT): {aware:.1f} %" in shown_plan(network)
