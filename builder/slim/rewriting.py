"""A model's tables as nodes to be written anew, without what neither interpreters nor apps ever read.

Left out in both flavours: names of tensors that are neither input nor output; the measured minimum and maximum beside a scale;
buffers that nothing refers to; the second copy of equal vectors, texts and options. In the micro flavour also the scales and zero
points of the biases of per-channel convolutions, which TFLite Micro's kernels derive from those of input and kernel, and the
converter's notes about itself.

Sharing goes by lengths and by structure, never by measured values such as scales, and never between vectors of different roles
that happen to be equal: the size of a file can then be told before its weights exist (`builder.flash.slim`).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Literal

from builder.slim import schema
from builder.slim.nodes import Scalar, Table, Tables, Text, Vector
from builder.slim.schema import (
    OPTIONS,
    Buffer,
    Code,
    Metadata,
    Model,
    Operator,
    Quantization,
    Signature,
    Subgraph,
    Tensor,
    TensorMap,
)
from builder.tflite_file.flatbuffer import SIZES
from builder.tflite_file.flatbuffer import Table as Raw
from builder.tflite_file.operators import operator_name

Flavour = Literal["mobile", "micro"]
FLAVOURS: tuple[Flavour, ...] = ("mobile", "micro")

Field = tuple[int, "Scalar | Table | Tables | Vector | Text"]

# The converter's notes for other tools of its own; a firmware reads none of them.
CONVERTERS_NOTES = ("CONVERSION_METADATA", "min_runtime_version")

# Where the bias is among the inputs of operators whose kernels have a scale for each output channel in TFLite Micro.
BIAS_PLACES = {"CONV_2D": 2, "DEPTHWISE_CONV_2D": 2, "TRANSPOSE_CONV": 3}
PLACEHOLDER = 1  # what writers leave in `Buffer.offset` where the data are inside


class CannotSlim(Exception):
    """The file holds something that is not understood; the message is the reason, as the end of a sentence."""


class Rewriter:
    """Makes the nodes of one file.

    Args:
        root: the file's root table.
        flavour: for phones or for microcontrollers.
        metadata: named buffers to write beside the file's own, in place of ones of the same name.
    """

    def __init__(self, root: Raw, flavour: Flavour, metadata: Mapping[str, bytes]) -> None:
        self.root = root
        self.flavour = flavour
        self.added = dict(metadata)
        self.shared: dict[tuple[object, ...], Table | Vector | Text] = {}
        self.codes = root.tables(Model.CODES)
        self.subgraphs = root.tables(Model.SUBGRAPHS)
        self.buffers = root.tables(Model.BUFFERS)
        self.entries = [entry for entry in root.tables(Model.METADATA) if self.is_kept(entry.text(Metadata.NAME))]

    def is_kept(self, name: str) -> bool:
        """Whether a named buffer stays."""
        return name not in self.added and not (self.flavour == "micro" and name in CONVERTERS_NOTES)

    def model(self) -> Table:
        """The whole file.

        Raises:
            CannotSlim: a part of it is not understood.
        """
        root = self.root
        understood(root, schema.MODEL, "the model")
        fields: list[Field] = []
        self.copy(root, Model.VERSION, "I", fields)
        fields.append((Model.CODES, Tables(tuple(self.code(code) for code in self.codes))))
        fields.append((Model.SUBGRAPHS, Tables(tuple(self.subgraph(graph) for graph in self.subgraphs))))
        self.copy_text(root, Model.DESCRIPTION, fields)
        fields.append((Model.BUFFERS, Tables(self.all_buffers())))
        self.copy_ints(root, Model.METADATA_BUFFER, "i", fields)
        entries = self.all_entries()
        if entries:
            fields.append((Model.METADATA, Tables(entries)))
        signatures = root.tables(Model.SIGNATURES)
        if signatures:
            fields.append((Model.SIGNATURES, Tables(tuple(self.signature(each) for each in signatures))))
        return Table(tuple(fields))

    def code(self, code: Raw) -> Table:
        """What an operator is."""
        understood(code, schema.CODE, "an operator code")
        fields: list[Field] = []
        self.copy(code, Code.DEPRECATED, "b", fields)
        self.copy_text(code, Code.CUSTOM, fields)
        self.copy(code, Code.VERSION, "i", fields)
        self.copy(code, Code.BUILTIN, "i", fields)
        return Table(tuple(fields))

    def subgraph(self, graph: Raw) -> Table:
        """Tensors and operators."""
        understood(graph, schema.SUBGRAPH, "a graph")
        ends = {*graph.numbers(Subgraph.INPUTS, "i"), *graph.numbers(Subgraph.OUTPUTS, "i")}
        derived = self.derived_biases(graph) if self.flavour == "micro" else set()
        tensors = [
            self.tensor(tensor, is_named=number in ends, is_derived=number in derived)
            for number, tensor in enumerate(graph.tables(Subgraph.TENSORS))
        ]
        fields: list[Field] = [(Subgraph.TENSORS, Tables(tuple(tensors)))]
        self.copy_ints(graph, Subgraph.INPUTS, "i", fields)
        self.copy_ints(graph, Subgraph.OUTPUTS, "i", fields)
        fields.append((Subgraph.OPERATORS, Tables(tuple(self.operator(each) for each in graph.tables(Subgraph.OPERATORS)))))
        self.copy_text(graph, Subgraph.NAME, fields)
        return Table(tuple(fields))

    def derived_biases(self, graph: Raw) -> set[int]:
        """Biases of convolutions with a scale for each channel, which nothing else reads."""
        names = [operator_name(code) for code in self.codes]
        biases: set[int] = set()
        others: set[int] = set()
        for operator in graph.tables(Subgraph.OPERATORS):
            place = BIAS_PLACES.get(names[operator.number(Operator.CODE, "I")])
            for position, number in enumerate(operator.numbers(Operator.INPUTS, "i")):
                (biases if position == place else others).add(number)
        tensors = graph.tables(Subgraph.TENSORS)
        found = {number for number in biases - others if number >= 0}
        return {number for number in found if scales(tensors[number]) > 1}

    def tensor(self, tensor: Raw, *, is_named: bool, is_derived: bool) -> Table:
        """A tensor."""
        understood(tensor, schema.TENSOR, "a tensor")
        if tensor.at(Tensor.SPARSITY) is not None:
            raise CannotSlim("its weights are stored sparse")
        fields: list[Field] = []
        self.copy_ints(tensor, Tensor.SHAPE, "i", fields, role="constant" if self.is_constant(tensor) else "computed")
        self.copy(tensor, Tensor.TYPE, "b", fields)
        self.copy(tensor, Tensor.BUFFER, "I", fields)
        if is_named:
            self.copy_text(tensor, Tensor.NAME, fields)
        quantization = tensor.table(Tensor.QUANTIZATION)
        if quantization is not None and not is_derived:
            self.quantize(quantization, fields)
        self.copy(tensor, Tensor.IS_VARIABLE, "?", fields)
        self.copy_ints(tensor, Tensor.SHAPE_SIGNATURE, "i", fields)
        self.copy(tensor, Tensor.HAS_RANK, "?", fields)
        return Table(tuple(fields))

    def is_constant(self, tensor: Raw) -> bool:
        """Whether a tensor's values are in the file."""
        number = tensor.number(Tensor.BUFFER, "I")
        return number < len(self.buffers) and bool(self.buffers[number].content(Buffer.DATA))

    def quantize(self, quantization: Raw, fields: list[Field]) -> None:
        """Scales and zero points; nothing where there are none."""
        understood(quantization, schema.QUANTIZATION, "a tensor's quantization")
        if quantization.number(Quantization.DETAILS_TYPE, "B"):
            raise CannotSlim("a tensor has a quantization of its own kind")
        values = quantization.numbers(Quantization.SCALE, "f")
        if not values:
            return
        own: list[Field] = [(Quantization.SCALE, Vector.of("f", values))]
        self.copy_ints(quantization, Quantization.ZERO_POINT, "q", own)
        self.copy(quantization, Quantization.DIMENSION, "i", own)
        fields.append((Tensor.QUANTIZATION, Table(tuple(own))))

    def operator(self, operator: Raw) -> Table:
        """An operator with its options."""
        understood(operator, schema.OPERATOR, "an operator")
        fields: list[Field] = []
        self.copy(operator, Operator.CODE, "I", fields)
        self.copy_ints(operator, Operator.INPUTS, "i", fields)
        self.copy_ints(operator, Operator.OUTPUTS, "i", fields)
        number, options = operator.number(Operator.OPTIONS_TYPE, "B"), operator.table(Operator.OPTIONS)
        if number and options is not None:
            fields.append((Operator.OPTIONS_TYPE, Scalar("B", number)))
            fields.append((Operator.OPTIONS, self.options(number, options)))
        custom = operator.content(Operator.CUSTOM_OPTIONS)
        if custom is not None:
            fields.append((Operator.CUSTOM_OPTIONS, Vector("B", len(custom), custom, is_data=True)))
        self.copy(operator, Operator.CUSTOM_FORMAT, "b", fields)
        self.copy_ints(operator, Operator.MUTATING, "?", fields)
        self.copy_ints(operator, Operator.INTERMEDIATES, "i", fields)
        return Table(tuple(fields))

    def options(self, number: int, options: Raw) -> Table:
        """An operator's options; equal ones are one table."""
        kinds = OPTIONS.get(number)
        if kinds is None:
            raise CannotSlim(f"an operator has options of a kind that is not known here (number {number})")
        understood(options, len(kinds), "an operator's options")
        fields: list[Field] = []
        for slot, kind in enumerate(kinds):
            if kind == schema.INT32_VECTOR:
                self.copy_ints(options, slot, "i", fields)
            else:
                self.copy(options, slot, kind, fields)
        key = ("options", number, *((slot, value if isinstance(value, Scalar) else id(value)) for slot, value in fields))
        found = self.shared.setdefault(key, Table(tuple(fields)))
        assert isinstance(found, Table)
        return found

    def all_buffers(self) -> tuple[Table, ...]:
        """The constants and named buffers in their old places, then the new ones; what nothing refers to is left empty."""
        used = {tensor.number(Tensor.BUFFER, "I") for graph in self.subgraphs for tensor in graph.tables(Subgraph.TENSORS)}
        used |= {entry.number(Metadata.BUFFER, "I") for entry in self.entries}
        used |= set(self.root.numbers(Model.METADATA_BUFFER, "i"))
        empty = Table()
        written = [self.buffer(each, empty) if number in used else empty for number, each in enumerate(self.buffers)]
        return (*written, *(constant(content) for content in self.added.values()))

    def buffer(self, buffer: Raw, empty: Table) -> Table:
        """A constant's bytes."""
        understood(buffer, schema.BUFFER, "a buffer")
        if max(buffer.number(Buffer.OFFSET, "Q"), buffer.number(Buffer.SIZE, "Q")) > PLACEHOLDER:
            raise CannotSlim("its weights lie behind the model, as those of files above 2 GB do")
        content = buffer.content(Buffer.DATA)
        return constant(content) if content is not None and len(content) else empty

    def all_entries(self) -> tuple[Table, ...]:
        """The named buffers."""
        old = [(entry.text(Metadata.NAME), entry.number(Metadata.BUFFER, "I")) for entry in self.entries]
        new = [(name, len(self.buffers) + number) for number, name in enumerate(self.added)]
        return tuple(
            Table(((Metadata.NAME, self.text(name.encode())), (Metadata.BUFFER, Scalar("I", buffer)))) for name, buffer in old + new
        )

    def signature(self, signature: Raw) -> Table:
        """Names that apps call inputs and outputs by."""
        understood(signature, schema.SIGNATURE, "a signature")
        fields: list[Field] = [
            (slot, Tables(tuple(self.tensor_map(each) for each in signature.tables(slot))))
            for slot in (Signature.INPUTS, Signature.OUTPUTS)
            if signature.at(slot) is not None
        ]
        self.copy_text(signature, Signature.KEY, fields)
        self.copy(signature, Signature.SUBGRAPH, "I", fields)
        return Table(tuple(fields))

    def tensor_map(self, entry: Raw) -> Table:
        """One name of a signature."""
        understood(entry, schema.TENSOR_MAP, "a signature")
        fields: list[Field] = []
        self.copy_text(entry, TensorMap.NAME, fields)
        self.copy(entry, TensorMap.TENSOR, "I", fields)
        return Table(tuple(fields))

    def copy(self, table: Raw, slot: int, kind: str, fields: list[Field]) -> None:
        """A number, where it is written at all."""
        if table.at(slot) is not None:
            fields.append((slot, Scalar(kind, table.number(slot, kind))))

    def copy_ints(self, table: Raw, slot: int, kind: str, fields: list[Field], role: str = "") -> None:
        """A vector of whole numbers; equal ones that play the same role are one vector."""
        if table.at(slot) is not None:
            values = table.numbers(slot, kind)
            content = struct.pack(f"<{len(values)}{kind}", *values)
            found = self.shared.setdefault(("ints", role, SIZES[kind], content), Vector(kind, len(values), content))
            assert isinstance(found, Vector)
            fields.append((slot, found))

    def copy_text(self, table: Raw, slot: int, fields: list[Field]) -> None:
        """A text, its bytes as they are."""
        content = table.content(slot)
        if content is not None:
            fields.append((slot, self.text(bytes(content))))

    def text(self, content: bytes) -> Text:
        """A text; equal ones are one."""
        found = self.shared.setdefault(("text", content), Text(content))
        assert isinstance(found, Text)
        return found


def constant(content: bytes | memoryview) -> Table:
    """A buffer with data."""
    return Table(((Buffer.DATA, Vector("B", len(content), content, is_data=True)),))


def scales(tensor: Raw) -> int:
    """How many scales a tensor has."""
    quantization = tensor.table(Tensor.QUANTIZATION)
    return 0 if quantization is None else len(quantization.numbers(Quantization.SCALE, "f"))


def understood(table: Raw, fields: int, what: str) -> None:
    """Raises `CannotSlim` where a table has fields that the schema used here does not know."""
    if any(table.at(field) is not None for field in range(fields, table.fields)):
        raise CannotSlim(f"{what} has fields of a newer schema")
