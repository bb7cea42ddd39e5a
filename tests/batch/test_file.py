"""A batch's file: what it says, and how it is refused."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from builder.batch.file import Batch
from builder.config import BuildConfig, Training
from builder.errors import ConfigError

WHOLE = """
name: Two widths
base: {data: digits, training: {epochs: 4}}
grid:
  alpha: [0.25, 0.5]
  training.learning_rate: [0.001, 0.002]
  augmentation: {strength: [none, light]}
exports: {variants: [int8], techniques: [pruned_qat], resolutions: [96, 64, 96]}
include:
- {alpha: 1.0, training: {epochs: 2}}
exclude:
- {alpha: 0.25, training.learning_rate: 0.002}
budget: {flash: 300KiB, latency: 50ms, multiply_adds: 7.5M}
devices: [raspberry pi pico]
repeat: 3
"""


def refusal(text: str) -> str:
    """What a file is refused with."""
    with pytest.raises(ConfigError) as caught:
        Batch.from_yaml(text, "it.yaml")
    assert str(caught.value).startswith("it.yaml")
    return str(caught.value)


def test_every_line_of_a_file_is_read() -> None:
    batch = Batch.from_yaml(WHOLE)
    assert batch.name == "Two widths"
    assert batch.base == BuildConfig(training=Training(epochs=4))
    assert list(batch.grid) == ["alpha", "training.learning_rate", "augmentation.strength"]
    assert (batch.exports.variants, batch.exports.techniques, batch.exports.resolutions) == (
        ("int8",),
        ("pruned", "pruned_qat"),
        (96, 64),
    )
    assert batch.include == [{"alpha": 1.0, "training.epochs": 2}]
    assert batch.devices == ("Raspberry Pi Pico",)
    assert batch.budget is not None
    budget = batch.budget.budget("Raspberry Pi Pico")
    assert budget is not None
    assert (budget.flash_bytes, budget.latency_ms, budget.multiply_adds) == (300 * 1024, 50, 7_500_000)
    assert len(batch.cells()) == (2 * 2 * 2 - 2 + 1) * 3


def test_yaml_and_back_is_the_same_batch() -> None:
    for batch in (Batch.from_yaml(WHOLE), Batch(), Batch(repeat=2), Batch(grid={"variants": [["int8"], ["float32"]]})):
        assert Batch.from_yaml(batch.to_yaml()) == batch


def test_a_base_file_lies_beside_the_batch_and_the_batch_is_called_as_its_file(tmp_path: Path) -> None:
    (tmp_path / "leaves.yaml").write_text("alpha: 0.75\n")
    (tmp_path / "night run.yaml").write_text("base: leaves.yaml\ngrid: {seed: [1, 2]}\n")
    batch = Batch.from_file(tmp_path / "night run.yaml")
    assert (batch.base.alpha, batch.name) == (0.75, "night run")


def test_an_absent_base_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "it.yaml").write_text("base: absent.yaml\n")
    with pytest.raises(ConfigError, match=r"it\.yaml: .*absent\.yaml cannot be read"):
        Batch.from_file(tmp_path / "it.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("grd: {alpha: [1]}", 'unknown setting "grd". Did you mean "grid"?'),
        ("grid: {alpah: [1]}", 'grid: there is no setting "alpah". Did you mean "alpha"?'),
        ("grid: {training.epoch: [1]}", 'grid: there is no setting "training.epoch". Did you mean "training.epochs"?'),
        ("grid: {training: {epoch: [1]}}", 'there is no setting "training.epoch"'),
        ("grid: {training: [1]}", "training is a section"),
        ("include: [{epochs: 3}]", 'include: there is no setting "epochs". Did you mean "training.epochs"?'),
        ("exclude: [{epochs: 3}]", "exclude: there is no setting"),
        ("base: {alpah: 1}", 'base: unknown setting "alpah". Did you mean "alpha"?'),
        ("base: {alpha: big}", "base: alpha"),
        ("base: [1]", "base = [1]: give the settings of a build"),
        ("budget: {flsh: 1KiB}", 'budget: unknown setting "flsh". Did you mean "flash"?'),
        ("budget: {flash: much}", "budget: flash must be a size"),
        ("budget: {ram: 10 B}", "budget: The RAM budget of 10 B is smaller"),
        ("budget: {multiply_adds: few}", "budget: The limit of mult-adds"),
        ("budget: {latency: 5ms}", "budget: a latency needs devices"),
        ("budget: 300KiB", "budget = '300KiB': give a section"),
        ("devices: [Pico Pi]\nbudget: {reserve_flash: 4MiB}", "reserve of 4 MiB leaves nothing"),
        ("devices: [Nokia 3310]", 'There is no device "Nokia 3310"'),
        ("devices: Pico", "give a list of names"),
        ("exports: {techniques: [prunned]}", 'There is no technique "prunned". Did you mean "pruned"?'),
        ("exports: {variants: [int4]}", "int4"),
        ("exports: {resolutions: [8]}", "resolution"),
        ("exports: {variants: [int8]}\ngrid: {variants: [[int8]]}", "variants are named under exports and in the grid"),
        ("repeat: 0", "repeat = 0"),
        ("repeat: 1.5", "repeat"),
        ("repeat: 2\ngrid: {seed: [1]}", "the file lists seeds too"),
        ("repeat: 2\ninclude: [{seed: 1}]", "the file lists seeds too"),
        ("name: ''", "A title has 1 to 200 characters"),
        ("", "is empty"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    assert said in refusal(text.replace("Pico Pi", "Raspberry Pi Pico"))


@pytest.mark.parametrize(
    "value", [datetime.date(2020, 1, 1), {1}, b"x", "\ud800", {datetime.date(2020, 1, 1): 1}, {1: 2}, [{"a": {"b"}}]]
)
@pytest.mark.parametrize("where", ["grid", "include"])
def test_values_that_no_record_can_hold_are_refused_by_their_key(value: object, where: str) -> None:
    values: dict[str, Any] = {"grid": {"seed": [value, 1]}} if where == "grid" else {"include": [{"seed": value}]}
    with pytest.raises(ConfigError, match=f"{where}: seed = .*cannot be written into a file"):
        Batch(**values)


def test_dates_are_words_and_cost_one_cell_only() -> None:
    first, second = Batch.from_yaml("grid: {seed: [2020-01-01, 1]}").cells()
    assert "2020-01-01" in first.problem
    assert json.dumps([dict(first.values), dict(second.values)]) == '[{"seed": "2020-01-01"}, {"seed": 1}]'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("grid: {}", "The grid is empty"),
        ("grid:", "The grid is empty"),
        ("grid: {alpha: []}", "alpha is an empty list"),
        ("grid: {alpha: 0.5}", "alpha = 0.5: give a list, such as [0.5]"),
        ("grid: {alpha: [0.5]}\nexclude: [{alpha: [0.5, 1]}]", "exclude takes all of the grid's cells (1) away"),
        ("grid: {alpha: [0.5]}\ninclude: [{}]", "include: give a list of rules"),
        ("grid: {alpha: [0.5]}\nexclude: 3", "exclude: give a list of rules"),
        ("grid: {alpha: [[{a: !!binary gICA}]]}", "tags such as !!binary are not read"),
        ("grid: {seed: [!!set {2020-01-01: null}]}", "tags such as !!set are not read"),
        ('include: [{data: "\\ud800"}]', "not valid YAML"),
        ("grid: {rho: [0.5], resolution: [112]}", "both rho and resolution"),
        ("grid: {training.epochs: [1], training: {epochs: [2]}}", "training.epochs twice"),
    ],
)
def test_grids_and_rules_that_build_nothing_are_refused(text: str, said: str) -> None:
    assert said in refusal(text)


def test_100_000_cells_are_refused_before_they_are_made() -> None:
    numbers = list(range(1_000))
    fewer = Batch(grid={"seed": numbers, "training.epochs": numbers[:99]})
    assert len(fewer.grid["seed"]) * len(fewer.grid["training.epochs"]) == 99_000
    with pytest.raises(ConfigError, match="The grid has 100,000 cells, and a batch builds at most 99,999"):
        Batch(grid={"seed": numbers, "training.epochs": numbers[:100]})
    with pytest.raises(ConfigError, match=r"The grid has 1,000,000,000,000 cells"):
        Batch(grid=dict.fromkeys(("seed", "split_seed", "training.epochs", "training.batch_size"), numbers))
    with pytest.raises(ConfigError, match=r"The grid has 100,000 cells"):
        Batch(grid={"alpha": [0.25, 0.5]}, repeat=50_000)


def test_a_file_of_nested_aliases_is_refused_at_once() -> None:
    bomb = "base: &a {alpha: [1]}\ngrid:\n  alpha: &b [" + "*a, " * 9 + "*a]\n  seed: [" + "*b, " * 9 + "*b]\n"
    deeper = "x: &a [[[[[[1]]]]]]\ngrid: {alpha: *a}\n"
    for text in (bomb, deeper):
        assert "it.yaml" in refusal(text)
