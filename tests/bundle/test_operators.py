"""The resolver: exactly the operators of the file."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from builder import tflite_file
from builder.bundle.operators import ADDERS, adders
from builder.errors import ModelFileError
from builder.runs import Run
from builder.tflite_file.operators import NAMES


def test_every_operator_of_the_file_is_added_once(run: Run) -> None:
    model = tflite_file.read(run.folder / "int8_micro.tflite")
    used = {operator.name for operator in model.main.operators}
    assert set(adders(model)) == {ADDERS[name] for name in used}
    assert adders(model) == {"AddConv2D": 15, "AddDepthwiseConv2D": 13, "AddReshape": 1, "AddSoftmax": 1}


def test_the_table_names_operators_of_the_format() -> None:
    assert {name for name in ADDERS if not name.startswith("CUSTOM:")} <= set(NAMES)


def test_no_two_operators_share_a_method() -> None:
    assert len(set(ADDERS.values())) == len(ADDERS)


def test_methods_are_written_as_in_the_resolver() -> None:
    assert all(re.fullmatch(r"Add[A-Z][A-Za-z0-9]*", adder) for adder in ADDERS.values())
    known = ("AddConv2D", "AddPadV2", "AddRelu6", "AddL2Normalization", "AddBatchToSpaceNd", "AddSplitV", "AddAddN", "AddEthosU")
    assert set(known) <= set(ADDERS.values())


def test_an_operator_that_tflite_micro_has_not_is_named(run: Run) -> None:
    model = tflite_file.read(run.folder / "int8_micro.tflite")
    graph = replace(model.main, operators=(replace(model.main.operators[0], name="CUSTOM:Mine"), *model.main.operators[1:]))
    with pytest.raises(ModelFileError, match="TFLite Micro has no operator CUSTOM:Mine"):
        adders(replace(model, subgraphs=(graph,)))
