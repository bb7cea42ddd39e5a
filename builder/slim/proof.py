"""Proves that a slimmed file is the same model: read back and held against the file that it was made from."""

from __future__ import annotations

from builder.slim import schema
from builder.slim.rewriting import CONVERTERS_NOTES, Flavour
from builder.slim.schema import OPTIONS
from builder.tflite_file import Model, describe
from builder.tflite_file.flatbuffer import Bytes, Table
from builder.tflite_file.graph import Subgraph, Tensor


def difference(before: Model, after: Model, flavour: Flavour) -> str:
    """What is not the same, as the end of a sentence; empty where everything is that an interpreter or an app reads."""
    if len(before.subgraphs) != len(after.subgraphs):
        return "it has another number of graphs"
    for old, new in zip(before.subgraphs, after.subgraphs, strict=True):
        found = graph_difference(old, new, flavour)
        if found:
            return found
    if options_of(before.content) != options_of(after.content):
        return "an operator has other options"
    if rest_of(before.content) != rest_of(after.content):
        return "versions of operators, signatures or properties of tensors differ"
    dropped = {schema.MEMORY_PLAN, *(CONVERTERS_NOTES if flavour == "micro" else ())}
    if kept(before, dropped) != kept(after, dropped):
        return "its named buffers differ"
    if before.description != after.description or describe(before) != describe(after):
        return "it says something else about itself"
    return ""


def graph_difference(old: Subgraph, new: Subgraph, flavour: Flavour) -> str:
    """The same for one graph."""
    if (old.inputs, old.outputs, old.operators) != (new.inputs, new.outputs, new.operators):
        return "its operators differ"
    if len(old.tensors) != len(new.tensors):
        return "it has another number of tensors"
    ends = {*old.inputs, *old.outputs}
    for number, (one, other) in enumerate(zip(old.tensors, new.tensors, strict=True)):
        if not is_same(one, other, flavour) or (number in ends and one.name != other.name):
            return f"tensor {number} differs"
    return ""


def is_same(one: Tensor, other: Tensor, flavour: Flavour) -> bool:
    """Whether two tensors have the same shape, kind and values, and quantization too where anybody reads it."""
    if (one.shape, one.dtype, one.data, one.sparse) != (other.shape, other.dtype, other.data, other.sparse):
        return False
    is_bias = flavour == "micro" and one.dtype == "int32" and one.data is not None and other.quantization is None
    return one.quantization == other.quantization or is_bias


def options_of(content: bytes) -> list[object]:
    """The options of all operators, field by field."""
    found: list[object] = []
    for graph in Bytes(content).root().tables(schema.Model.SUBGRAPHS):
        for operator in graph.tables(schema.Subgraph.OPERATORS):
            number, table = operator.number(schema.Operator.OPTIONS_TYPE, "B"), operator.table(schema.Operator.OPTIONS)
            custom = operator.content(schema.Operator.CUSTOM_OPTIONS)
            known = (number, fields_of(table, OPTIONS[number])) if table is not None and number else None
            found.append((known, None if custom is None else bytes(custom)))
    return found


def rest_of(content: bytes) -> list[object]:
    """What the plain values of a model leave out: versions and codes of operators, signatures, properties of tensors."""
    root = Bytes(content).root()
    found: list[object] = [root.number(schema.Model.VERSION, "I")]
    for code in root.tables(schema.Model.CODES):
        numbers = (schema.Code.DEPRECATED, "b"), (schema.Code.VERSION, "i"), (schema.Code.BUILTIN, "i")
        found.append([code.text(schema.Code.CUSTOM), *(code.number(slot, kind) for slot, kind in numbers)])
    for graph in root.tables(schema.Model.SUBGRAPHS):
        for tensor in graph.tables(schema.Subgraph.TENSORS):
            signature = tensor.numbers(schema.Tensor.SHAPE_SIGNATURE, "i")
            found.append((tensor.number(schema.Tensor.IS_VARIABLE, "?"), tensor.number(schema.Tensor.HAS_RANK, "?"), signature))
    for each in root.tables(schema.Model.SIGNATURES):
        maps = [
            [(entry.text(schema.TensorMap.NAME), entry.number(schema.TensorMap.TENSOR, "I")) for entry in each.tables(slot)]
            for slot in (schema.Signature.INPUTS, schema.Signature.OUTPUTS)
        ]
        found.append((each.text(schema.Signature.KEY), each.number(schema.Signature.SUBGRAPH, "I"), maps))
    return found


def fields_of(table: Table, kinds: str) -> tuple[object, ...]:
    """The fields of a table of options; None for one that is left out."""
    return tuple(
        None if table.at(slot) is None else table.numbers(slot, "i") if kind == schema.INT32_VECTOR else table.number(slot, kind)
        for slot, kind in enumerate(kinds)
    )


def kept(model: Model, dropped: set[str]) -> dict[str, memoryview]:
    """The named buffers that must not change."""
    return {name: content for name, content in model.metadata.items() if name not in dropped}
