"""Settings: to YAML and back, identity, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from builder.batch.file import Batch
from builder.config import BuildConfig, Training
from builder.errors import ConfigError


def test_yaml_both_ways() -> None:
    config = BuildConfig(alpha=0.5, resolution=128, data="fotos/blätter", training=Training(epochs=3))
    assert BuildConfig.from_yaml(config.to_yaml()) == config


def test_keys_left_out_keep_their_defaults() -> None:
    assert BuildConfig.from_yaml("alpha: 0.75\n") == BuildConfig(alpha=0.75)
    assert BuildConfig.from_yaml("") == BuildConfig()


def test_rho_is_another_way_to_say_resolution() -> None:
    assert BuildConfig(rho=0.5).resolution == 112
    assert BuildConfig(rho=0.5, resolution=112).resolution == 112


def test_rho_and_resolution_must_agree() -> None:
    with pytest.raises(ConfigError, match=r"rho 0.5 is 112 px, but resolution says 96"):
        BuildConfig(rho=0.5, resolution=96)


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        BuildConfig().alpha = 1.0


def test_an_unknown_key_gets_the_nearest_valid_name() -> None:
    with pytest.raises(ConfigError, match=r'unknown setting "alfa"\. Did you mean "alpha"'):
        BuildConfig.from_yaml("alfa: 0.5")
    with pytest.raises(
        ConfigError, match=r'unknown setting "epochs"\. It belongs inside training, as in training: {epochs: …}\. Known'
    ):
        BuildConfig(epochs=2)
    with pytest.raises(ConfigError, match=r"It belongs inside base\.training, as in base: {training: {epochs: …}}\. Known: name"):
        Batch(epochs=2)
    with pytest.raises(ConfigError, match=r"It belongs inside budget, as in budget: {flash: …}\. Known: name"):
        Batch(flash="30kB")
    with pytest.raises(ConfigError, match=r'unknown setting "training.epoch"\. Did you mean "epochs"'):
        BuildConfig.from_yaml("training: {epoch: 5}")


@pytest.mark.parametrize("text", ["- alpha\n- 0.5\n", "just words", "42"])
def test_yaml_that_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="mapping"):
        BuildConfig.from_yaml(text, source="mine.yaml")


def test_broken_yaml_names_the_file() -> None:
    with pytest.raises(ConfigError, match=r"mine\.yaml is not valid YAML"):
        BuildConfig.from_yaml("alpha: [0.5", source="mine.yaml")


def test_yaml_cannot_make_objects() -> None:
    with pytest.raises(ConfigError, match="not valid YAML"):
        BuildConfig.from_yaml("data: !!python/object/apply:os.system [ls]")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.yaml"):
        BuildConfig.from_file(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"alpha": 0}, "alpha"),
        ({"alpha": math.nan}, "alpha"),
        ({"alpha": 7}, "alpha"),
        ({"alpha": "0.25"}, "alpha"),
        ({"resolution": 31}, "resolution"),
        ({"resolution": 100_000}, "resolution"),
        ({"channels": 2}, "channels"),
        ({"classes": 1}, "classes"),
        ({"variants": []}, "variants"),
        ({"variants": ["int4"]}, "variants"),
        ({"training": {"epochs": -1}}, "training.epochs"),
        ({"training": {"label_smoothing": math.nan}}, "training.label_smoothing"),
        ({"training": 3}, "training"),
        ({"data": ""}, "data"),
    ],
)
def test_values_out_of_range_are_refused_by_name(values: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        BuildConfig(**values)


def test_variants_come_in_one_order_and_once() -> None:
    assert BuildConfig(variants=("int8", "float32", "int8")).variants == ("float32", "int8")


def test_identity_ignores_where_the_photos_lie() -> None:
    assert BuildConfig(data="a").identity() == BuildConfig(data="b").identity()
    assert BuildConfig(seed=1).identity() != BuildConfig(seed=2).identity()


def test_yaml_shows_every_setting() -> None:
    assert set(yaml.safe_load(BuildConfig().to_yaml())) == set(BuildConfig.model_fields)
