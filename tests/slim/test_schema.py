"""The fields of the schema that are understood, held against the classes that LiteRT generates from it."""

from __future__ import annotations

import inspect
import re

import pytest
from ai_edge_litert import schema_py_generated as generated

from builder.slim import schema

NUMBERS = {number: name for name, number in vars(generated.BuiltinOptions).items() if isinstance(number, int)}
KINDS = {"Int8": "b", "Uint8": "B", "Int32": "i", "Float32": "f", "Bool": "?", "Uint32": "I"}
# Fields that no reader looks at any more have no accessor.
DEPRECATED = {("ResizeBilinearOptions", 0), ("ResizeBilinearOptions", 1), ("SignatureDef", 3)}


def accessors(cls: type) -> dict[int, str]:
    """The kind of each field by its number."""
    found = {}
    for body in re.findall(r"def \w+\(self.*?\):\n(?:        .*\n)+", inspect.getsource(cls)):
        place, kind = re.search(r"\.Offset\((\d+)\)\)", body), re.search(r"flags\.|N\.|number_types\.", body)
        flags = re.search(r"Get\(flatbuffers\.number_types\.(\w+)Flags", body)
        if place and kind and flags:
            found[(int(place[1]) - 4) // 2] = KINDS.get(flags[1], flags[1])
        elif place:
            found.setdefault((int(place[1]) - 4) // 2, "")
    return found


@pytest.mark.parametrize("number", schema.OPTIONS)
def test_options_have_the_schemas_fields(number: int) -> None:
    name, kinds = NUMBERS[number], schema.OPTIONS[number]
    real = accessors(getattr(generated, name))

    for slot, kind in enumerate(kinds):
        if (name, slot) not in DEPRECATED:
            assert slot in real, (name, slot)
            if kind != schema.INT32_VECTOR:
                assert real[slot] == kind, (name, slot)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("Model", schema.MODEL),
        ("SubGraph", schema.SUBGRAPH),
        ("Tensor", schema.TENSOR),
        ("QuantizationParameters", schema.QUANTIZATION),
        ("Operator", schema.OPERATOR),
        ("OperatorCode", schema.CODE),
        ("Buffer", schema.BUFFER),
        ("Metadata", schema.METADATA),
        ("SignatureDef", schema.SIGNATURE),
        ("TensorMap", schema.TENSOR_MAP),
    ],
)
def test_tables_have_at_least_the_fields_that_are_understood(name: str, count: int) -> None:
    real = accessors(getattr(generated, name))

    assert {slot for slot in range(count) if (name, slot) not in DEPRECATED} <= set(real)


def test_fields_are_in_the_schemas_order() -> None:
    assert accessors_by_name("Tensor")["Quantization"] == schema.Tensor.QUANTIZATION
    assert accessors_by_name("QuantizationParameters")["QuantizedDimension"] == schema.Quantization.DIMENSION
    assert accessors_by_name("Operator")["BuiltinOptions"] == schema.Operator.OPTIONS
    assert accessors_by_name("SubGraph")["Operators"] == schema.Subgraph.OPERATORS


def accessors_by_name(table: str) -> dict[str, int]:
    source = inspect.getsource(getattr(generated, table))
    return {name: (int(at) - 4) // 2 for name, at in re.findall(r"def (\w+)\(self.*?\):\n\s+o = .*?Offset\((\d+)\)", source)}
