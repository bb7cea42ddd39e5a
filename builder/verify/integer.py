"""Whether an integer file really is integer: no float anywhere, from input to output."""

from __future__ import annotations

from builder.tflite_file import Model

INTEGER_DTYPES = ("int8", "uint8", "int16", "int32", "int64", "bool", "int4")
SHOWN_MAX = 20


def violations(model: Model) -> list[str]:
    """Every operator that touches another dtype than integers, in words; empty when the whole file is integer.

    A float input or output is named by the operator that reads or writes it; QUANTIZE and DEQUANTIZE at the ends of a model thus
    show, as does any layer that fell back to float. At most 20 are listed.
    """
    found = []
    for number, graph in enumerate(model.subgraphs):
        for place, operator in enumerate(graph.operators):
            tensors = [graph.tensors[index] for index in (*operator.inputs, *operator.outputs) if index >= 0]
            floats = sorted({tensor.dtype for tensor in tensors if tensor.dtype not in INTEGER_DTYPES})
            if floats:
                where = f"operator {place}" if len(model.subgraphs) == 1 else f"operator {place} of graph {number}"
                found.append(f"{operator.name} ({where}) touches {', '.join(floats)}")
        found.extend(
            f"the {what} {graph.tensors[index].name!r} is {graph.tensors[index].dtype}"
            for what, indices in (("input", graph.inputs), ("output", graph.outputs))
            for index in indices
            if graph.tensors[index].dtype not in INTEGER_DTYPES
        )
    return found[:SHOWN_MAX]
