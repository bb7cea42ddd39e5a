"""The commands that the page shows do what the page would do."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from builder.__main__ import run
from builder.budget import Budget
from builder.config import BuildConfig
from ui.choice import Choice
from ui.design.commands import build_command, fit_command, plan_command, settings_yaml

HOSTILE = "it's; rm -rf $HOME `x`/π 1"
CHOICES = (
    Choice(data="digits"),
    Choice(data=HOSTILE, alpha=0.333, resolution=100, grayscale=True, title="-x"),
    Choice(
        data="digits", init="scratch", epochs=0, batch_size=8, learning_rate=0.001, patience=2, freeze=True, augmentation="strong",
        mirror=False, seed=7,
    ),
    Choice(data="digits", mirror=True),
    Choice(data="digits", gate="enforce", max_drop=0.5, max_class_drop=3, max_flash="250KiB", max_gzip="100000"),
    Choice(data="digits", gate="off"),
)  # fmt: skip


def typed(command: str) -> None:
    """Runs a line through the real command line."""
    name, *arguments = shlex.split(command)
    assert name == "builder"
    run(arguments)


@pytest.mark.parametrize("choice", CHOICES)
def test_the_build_command_builds_what_the_page_would(choice: Choice, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def start(config: BuildConfig, *_: object, title: str | None = None, **__: object) -> None:
        seen.update(config=config, title=title)
        raise KeyboardInterrupt

    monkeypatch.setattr("builder.start.build", start)
    typed(build_command(choice))
    assert seen["config"] == choice.config()
    assert (seen["title"] or "") == choice.title


@pytest.mark.parametrize("choice", CHOICES)
def test_the_yaml_stands_for_the_same_settings(choice: Choice) -> None:
    assert BuildConfig.from_yaml(settings_yaml(choice)) == choice.config()


LIMITED = Choice(device="Raspberry Pi Pico", ram="100KiB", latency_ms=50.5, reserve_flash="64KiB", reserve_ram="1KiB", classes=3)


@pytest.mark.parametrize("choice", [LIMITED, Choice(), Choice(device="", flash="300KiB", grayscale=True)])
def test_the_plan_command_plans_the_same_design_in_the_same_budget(choice: Choice, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def plan(design: BuildConfig, **rest: Any) -> None:
        seen.update(design=design, **rest)
        raise KeyboardInterrupt

    monkeypatch.setattr("builder.planner.plan", plan)
    typed(plan_command(choice))
    budget: Budget = seen["budget"]
    assert budget == choice.budget()
    assert (seen["design"].alpha, seen["design"].resolution, seen["classes"]) == (choice.alpha, choice.resolution, choice.classes)


def test_the_plan_names_the_photos_where_they_have_as_many_classes() -> None:
    choice = Choice(data="digits", classes=10)
    assert "--data digits" in plan_command(choice, classes_of_data=10)
    assert "--classes 10" in plan_command(choice, classes_of_data=4)


def test_there_is_nothing_to_fit_without_a_limit() -> None:
    assert fit_command(Choice(device="", reserve_ram="1KiB")) == ""
    assert fit_command(Choice(device="", ram="64KiB")).startswith("builder fit --ram 64KiB")


def test_only_what_is_not_the_default_is_named() -> None:
    assert build_command(Choice()) == "builder build --data photos/ --alpha 0.25 --resolution 96"
