"""From a batch's file to its cells."""

from __future__ import annotations

import pytest

from builder.batch.cell import Cell
from builder.batch.expanding import unused_rules
from builder.batch.file import Batch
from builder.config import BuildConfig, Training
from builder.errors import ConfigError


def values(batch: Batch) -> list[dict[str, object]]:
    """What sets each cell apart."""
    return [dict(cell.values) for cell in batch.cells()]


def test_the_last_key_of_a_grid_moves_fastest_and_cells_count_from_1() -> None:
    batch = Batch(grid={"alpha": [0.25, 0.5], "resolution": [96, 128]})
    assert [(cell.number, cell.config.alpha, cell.config.resolution) for cell in batch.cells()] == [
        (1, 0.25, 96),
        (2, 0.25, 128),
        (3, 0.5, 96),
        (4, 0.5, 128),
    ]


def test_without_a_grid_the_base_is_the_one_build() -> None:
    (cell,) = Batch(base={"alpha": 0.75}).cells()
    assert (cell.config, cell.values) == (BuildConfig(alpha=0.75), {})


def test_include_alone_is_no_grid_beside_it() -> None:
    assert values(Batch(include=[{"alpha": 0.5}, {"rho": 1}])) == [{"alpha": 0.5}, {"rho": 1}]


def test_included_cells_come_last_and_are_not_excluded() -> None:
    batch = Batch(grid={"alpha": [0.25, 0.5]}, exclude=[{"alpha": 0.25}], include=[{"alpha": 0.25, "resolution": 64}])
    assert values(batch) == [{"alpha": 0.5}, {"alpha": 0.25, "resolution": 64}]


def test_a_rule_excludes_where_all_its_keys_match_and_a_list_is_any_of_its_values() -> None:
    batch = Batch(grid={"alpha": [0.25, 0.5, 1.0], "seed": [0, 1]}, exclude=[{"alpha": [0.25, 1.0], "seed": 1}])
    assert values(batch) == [
        {"alpha": 0.25, "seed": 0},
        {"alpha": 0.5, "seed": 0},
        {"alpha": 0.5, "seed": 1},
        {"alpha": 1.0, "seed": 0},
    ]


def test_a_rule_sees_what_the_base_says_and_rho_as_pixels() -> None:
    batch = Batch(grid={"rho": [0.5, 1.0], "alpha": [0.25, 0.5]}, exclude=[{"resolution": 112, "data": "digits", "alpha": 0.25}])
    assert values(batch) == [{"rho": 0.5, "alpha": 0.5}, {"rho": 1.0, "alpha": 0.25}, {"rho": 1.0, "alpha": 0.5}]
    other = Batch(grid={"resolution": [112, 224]}, exclude=[{"rho": 0.5}])
    assert values(other) == [{"resolution": 224}]


def test_a_rule_sees_the_seeds_of_repeat() -> None:
    assert values(Batch(base={"seed": 7}, repeat=3, exclude=[{"seed": 8}])) == [{"seed": 7}, {"seed": 9}]


def test_true_is_not_1() -> None:
    assert len(Batch(grid={"seed": [0, 1]}, exclude=[{"seed": True}]).cells()) == 2


def test_repeat_counts_up_from_the_seed_of_the_base_in_every_cell() -> None:
    batch = Batch(base={"seed": 5}, grid={"alpha": [0.25, 0.5]}, include=[{"alpha": 1.0}], repeat=2)
    assert [(cell.config.alpha, cell.config.seed) for cell in batch.cells()] == [
        *((0.25, 5), (0.25, 6)),
        *((0.5, 5), (0.5, 6)),
        *((1.0, 5), (1.0, 6)),
    ]


def test_rho_in_the_grid_replaces_the_resolution_of_the_base() -> None:
    batch = Batch(base={"resolution": 96}, grid={"rho": [0.5, 1.0]})
    assert [cell.config.resolution for cell in batch.cells()] == [round(0.5 * 224), 224]


def test_dotted_keys_change_one_setting_of_a_section() -> None:
    batch = Batch(base={"training": {"epochs": 3, "batch_size": 16}}, grid={"training.epochs": [5]})
    (cell,) = batch.cells()
    assert cell.config.training == Training(epochs=5, batch_size=16)


def test_files_named_under_exports_are_those_of_every_build() -> None:
    batch = Batch(grid={"alpha": [0.25, 0.5]}, exports={"variants": ["int8_micro", "int8"]})
    assert {cell.config.variants for cell in batch.cells()} == {("int8", "int8_micro")}


@pytest.mark.parametrize(
    ("grid", "said"),
    [
        ({"alpha": [0.25, "big"]}, "alpha"),
        ({"resolution": [96, 8]}, "resolution"),
        ({"rho": [0.5, "half"]}, "rho"),
        ({"training.epochs": [3, "many"]}, "training.epochs = 'many'"),
        ({"augmentation.strength": ["none", "wild"]}, "augmentation.strength = 'wild'"),
        ({"variants": [["int8"], ["int4"]]}, "int4"),
        ({"data": ["digits", 5]}, "data = 5"),
        ({"training.learning_rate": [0.001, float("nan")]}, "training.learning_rate = nan"),
    ],
)
def test_a_wrong_value_spoils_its_own_cell_only(grid: dict[str, list[object]], said: str) -> None:
    sound, broken = Batch(grid=grid).cells()
    assert sound.problem == ""
    assert said in broken.problem
    with pytest.raises(ConfigError) as caught:
        _ = broken.config
    assert str(caught.value) == broken.problem


def test_a_cell_made_by_hand_is_its_base_with_its_values() -> None:
    assert Cell(1, BuildConfig(alpha=0.5), {"rho": 0.5}).config == BuildConfig(alpha=0.5, resolution=112)


def test_rules_that_match_nothing_are_told() -> None:
    batch = Batch(grid={"alpha": [0.25, 0.5]}, exclude=[{"alpha": 0.25}, {"alpha": 0.3}])
    assert unused_rules(batch) == ["Rule 2 under exclude (alpha 0.3) matches no cell of the grid."]
