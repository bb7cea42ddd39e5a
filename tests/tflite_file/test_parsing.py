"""Reading real files that nobody here made, and damaged ones."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from builder import tflite_file
from builder.errors import ModelFileError
from builder.tflite_file.operators import NAMES

FILES = ("mobilenet_v1_0.25_128_quant", "mobilenet_v1_0.25_224_float", "vww_96_float", "vww_96_int8")


@pytest.mark.parametrize("name", FILES)
def test_tensors_are_those_that_litert_sees(models: Path, name: str) -> None:
    content = (models / f"{name}.tflite").read_bytes()
    model = tflite_file.parse(content)
    interpreter = Interpreter(model_content=content)
    for details in interpreter.get_tensor_details()[: len(model.main.tensors)]:
        tensor = model.main.tensors[details["index"]]
        assert (tensor.name, tensor.shape) == (details["name"], tuple(details["shape"]))
        assert np.dtype(tensor.dtype) == details["dtype"]
        scales = tensor.quantization.scales if tensor.quantization else ()
        assert scales == tuple(details["quantization_parameters"]["scales"].tolist())
    assert list(model.main.inputs) == [details["index"] for details in interpreter.get_input_details()]
    assert list(model.main.outputs) == [details["index"] for details in interpreter.get_output_details()]


@pytest.mark.parametrize("name", FILES)
def test_operators_are_those_that_litert_runs(models: Path, name: str) -> None:
    content = (models / f"{name}.tflite").read_bytes()
    seen = [(op["op_name"], op["inputs"].tolist()) for op in Interpreter(model_content=content)._get_ops_details()]
    read = [(op.name, list(op.inputs)) for op in tflite_file.parse(content).main.operators]
    assert read == [item for item in seen if item[0] != "DELEGATE"]


def test_constants_are_the_stored_values(models: Path) -> None:
    content = (models / "vww_96_int8.tflite").read_bytes()
    model = tflite_file.parse(content)
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    for operator in model.main.operators:
        kernel = model.main.tensor(operator, 1)
        if kernel is not None and kernel.data is not None:
            np.testing.assert_array_equal(kernel.array(), interpreter.get_tensor(operator.inputs[1]))


def test_real_values_are_dequantized_along_the_axis(models: Path) -> None:
    model = tflite_file.read(models / "vww_96_int8.tflite")
    kernel = model.main.tensors[model.main.operators[0].inputs[1]]
    assert kernel.quantization is not None
    assert len(kernel.quantization.scales) == kernel.shape[0] == 8  # 32 channels at alpha 0.25
    expected = kernel.array()[3].astype(np.float32) * np.float32(kernel.quantization.scales[3])
    np.testing.assert_array_equal(kernel.real_values()[3], expected)


def test_options_are_read(models: Path) -> None:
    first, second = tflite_file.read(models / "mobilenet_v1_0.25_224_float.tflite").main.operators[:2]
    assert first.options == tflite_file.Options(stride=(2, 2), padding="SAME", activation="RELU6")
    assert second.options == tflite_file.Options(stride=(1, 1), padding="SAME", activation="RELU6", depth_multiplier=1)


def test_operator_names_are_the_schemas() -> None:
    from ai_edge_litert.schema_py_generated import BuiltinOperator

    codes = {code: name for name, code in vars(BuiltinOperator).items() if isinstance(code, int)}
    assert [codes[code] for code in range(len(NAMES))] == NAMES


def test_needs_the_standard_library_only() -> None:
    heavy = ("numpy", "flatbuffers", "ai_edge_litert", "tensorflow")
    code = f"import sys, builder.tflite_file; sys.exit(any(name in sys.modules for name in {heavy!r}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04" + b"\0" * 60, "zip"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 60, "HDF5"),
        (b"\x08\x07\x12\x07pytorch" + b"\0" * 60, "something else"),
        (b"TFL3", "TFL3 at byte 4"),
        (b"\0\0\0\0TFL3", "damaged"),
        (b"\xff\xff\xff\xffTFL3" + b"\0" * 60, "damaged"),
    ],
)
def test_other_bytes_are_refused_with_what_they_are(content: bytes, what: str) -> None:
    with pytest.raises(ModelFileError, match=what):
        tflite_file.parse(content)


def test_missing_empty_and_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.tflite").touch()
    for path, what in [("missing.tflite", "no file"), ("empty.tflite", "0 bytes"), (".", "folder"), ("a\0b", "cannot be read")]:
        with pytest.raises(ModelFileError, match=what):
            tflite_file.read(tmp_path / path)


def test_any_damage_is_a_clear_error_or_harmless(models: Path) -> None:
    content = (models / "vww_96_int8.tflite").read_bytes()
    chance = random.Random(0)
    refused = 0
    for _ in range(300):
        damaged = bytearray(content[: chance.choice([len(content), chance.randrange(8, len(content))])])
        for _ in range(chance.choice([1, 8, 64])):
            damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
        try:
            model = tflite_file.parse(bytes(damaged))
            tflite_file.multiply_adds(model), tflite_file.parameters(model), tflite_file.describe(model)
        except ModelFileError:
            refused += 1
    assert refused > 100  # every one that was cut short, at least


def test_tables_that_share_bytes_cannot_blow_up() -> None:
    """100 KB that claim 10,000 metadata entries, all with the same name of 60,000 letters: 600 MB of text."""
    writer = flatbuffers.Builder()
    name = writer.CreateString("x" * 60_000)
    writer.StartObject(2)
    writer.PrependUOffsetTRelativeSlot(0, name, 0)
    entry = writer.EndObject()
    writer.StartVector(4, 10_000, 4)
    for _ in range(10_000):
        writer.PrependUOffsetTRelative(entry)
    entries = writer.EndVector()
    writer.StartObject(5)
    blank = writer.EndObject()
    writer.StartVector(4, 1, 4)
    writer.PrependUOffsetTRelative(blank)
    blanks = writer.EndVector()
    writer.StartObject(8)
    writer.PrependUOffsetTRelativeSlot(2, blanks, 0)  # one graph
    writer.PrependUOffsetTRelativeSlot(4, blanks, 0)  # one buffer
    writer.PrependUOffsetTRelativeSlot(6, entries, 0)
    writer.Finish(writer.EndObject(), file_identifier=b"TFL3")
    with pytest.raises(ModelFileError, match="over and over"):
        tflite_file.parse(bytes(writer.Output()))
