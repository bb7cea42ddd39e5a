"""Dotted keys."""

from __future__ import annotations

import pytest

from builder.batch.keys import equal, flat, known, value_of, with_values
from builder.config import BuildConfig
from builder.errors import ConfigError


def test_every_setting_has_a_key_and_no_section_has_one() -> None:
    settings = BuildConfig()
    sections = [name for name in BuildConfig.model_fields if hasattr(getattr(settings, name), "model_dump")]
    assert sections == ["training", "augmentation", "gate"]
    inside = sum(len(type(getattr(settings, name)).model_fields) for name in sections)
    assert len(known()) == len(BuildConfig.model_fields) - len(sections) + inside + 1  # rho


def test_every_key_can_be_set_to_what_it_is() -> None:
    settings = BuildConfig(classes=10)
    for key in known():
        value = settings.rho if key == "rho" else value_of(settings, {}, key)
        assert with_values(settings, {key: value}) == settings, key


def test_sections_that_nothing_changes_are_shared() -> None:
    base = BuildConfig()
    changed = with_values(base, {"training.epochs": 3})
    assert changed.gate is base.gate
    assert (changed.training.epochs, base.training.epochs) == (3, None)


def test_a_section_may_be_written_out() -> None:
    assert flat({"alpha": 1, "training": {"epochs": 3, "batch_size": 8}}, "include") == {
        "alpha": 1,
        "training.epochs": 3,
        "training.batch_size": 8,
    }


def test_a_section_is_no_setting() -> None:
    with pytest.raises(ConfigError, match=r"augmentation is a section. Name the setting inside it: augmentation.strength"):
        flat({"augmentation": "none"}, "grid")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ("1", 1, False),
        ([1, 2], (1, 2), True),
        ([1], [True], False),
        (None, 0, False),
    ],
)
def test_values_are_the_same_as_a_person_would_say(one: object, other: object, same: bool) -> None:
    assert equal(one, other) is same
