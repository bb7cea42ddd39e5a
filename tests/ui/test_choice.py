"""What a visitor chose, to a link and back; whatever else a link may say."""

from __future__ import annotations

from typing import Any

import pytest

from builder.errors import ConfigError
from builder.target import Target, read
from ui.choice import Choice, from_query, refused_words

FULL: dict[str, Any] = {
    "device": "Raspberry Pi Pico", "flash": "300KiB", "ram": "64KiB", "latency_ms": 50.5,
    "reserve_flash": "1KiB", "reserve_ram": "2KiB",
    "alpha": 0.333, "resolution": 100, "classes": 17, "grayscale": True, "variant": "int8",
    "data": "a folder/of photos", "build": "ab12", "compare": "cd34", "batch": "ef567890", "title": "Blätter & Blüten",
    "init": "scratch", "epochs": 0, "batch_size": 8, "learning_rate": 0.001, "patience": 2, "freeze": True,
    "augmentation": "strong", "mirror": False, "seed": 7,
    "gate": "enforce", "max_drop": 0.5, "max_class_drop": 3.0, "max_flash": "250KiB", "max_gzip": "100KiB",
}  # fmt: skip


def test_the_usual_choice_has_an_empty_link() -> None:
    assert Choice().to_query() == {}


def test_every_field_survives_a_link() -> None:
    choice = Choice(**FULL)
    link = from_query(choice.to_query())
    assert set(choice.to_query()) == set(Choice.model_fields)
    assert link.choice == choice
    assert link.refused == ()


def test_a_budget_of_ones_own_survives_a_link() -> None:
    choice = Choice(device="", flash="1MiB")
    assert from_query(choice.to_query()).choice == choice


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("alpha", "0"), ("alpha", "nan"), ("alpha", "9"), ("alpha", "x"), ("resolution", "31"), ("resolution", "1e9"),
        ("classes", "1"), ("classes", "-4"), ("latency_ms", "0"), ("latency_ms", "inf"), ("variant", "int4"), ("seed", "-1"),
        ("data", "x" * 501), ("mirror", "perhaps"), ("augmentation", ""), ("batch_size", ""),
        ("gate", "perhaps"), ("max_drop", "101"), ("max_flash", "wide"), ("max_gzip", "0"),
    ],
)  # fmt: skip
def test_a_value_that_is_refused_is_named_and_the_rest_of_the_link_counts(name: str, text: str) -> None:
    link = from_query({name: text, "device": "Raspberry Pi Pico"})
    assert link.refused == (name,)
    assert link.choice == Choice(device="Raspberry Pi Pico")
    assert name in refused_words(link.refused)


def test_what_is_no_field_is_passed_over() -> None:
    assert from_query({"utm_source": "x", "__class__": "y", "model_config": "{}"}).choice == Choice()


def test_markup_in_a_link_stays_text() -> None:
    assert from_query({"data": "../../x<script>"}).choice.data == "../../x<script>"


def test_a_device_that_does_not_exist_is_refused_only_when_it_is_asked_for() -> None:
    choice = from_query({"device": "Toaster 3000"}).choice
    with pytest.raises(ConfigError, match="Toaster 3000"):
        choice.budget()


def test_without_a_device_and_limits_there_is_no_budget() -> None:
    assert Choice(device="").budget() is None


@pytest.mark.parametrize("number", [0.1 + 0.2, 1 / 3, 0.123456789012345, 1e-7, 2.0, 0.25])
def test_every_digit_of_a_number_survives_a_link(number: float) -> None:
    choice = Choice(alpha=number, learning_rate=number, latency_ms=number)
    assert from_query(choice.to_query()).choice == choice


def test_round_numbers_are_short_in_a_link() -> None:
    assert Choice(alpha=1.0, latency_ms=50).to_query() == {"alpha": "1", "latency_ms": "50"}


def test_a_target_names_the_device_its_file_and_what_to_expect() -> None:
    target = Choice(device="Raspberry Pi Pico", reserve_ram="8KiB", latency_ms=80).target()
    assert read(target) == Target("Raspberry Pi Pico", "int8_micro", "", "", 80.0, "", "8KiB", target["expected_accuracy"])
    assert 0 < target["expected_accuracy"] < 1


def test_the_file_that_was_chosen_is_the_targets() -> None:
    assert Choice(device="Raspberry Pi 4B", variant="float16").target()["variant"] == "float16"


def test_limits_that_are_refused_leave_a_target() -> None:
    assert Choice(flash="much").target()["flash"] == "much"
