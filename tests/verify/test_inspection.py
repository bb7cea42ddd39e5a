"""Every published file, and what is none."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from builder import inspect
from builder.errors import ModelFileError
from builder.verify import micro
from builder.verify.inspection import TensorInfo


def test_a_microcontrollers_file(models: Path) -> None:
    found = inspect(models / "vww_96_int8.tflite")
    assert (found.multiply_adds, found.parameters, found.flash_bytes) == (7_489_664, 210_850, 333_288)
    scale = float(np.float32(1 / 255))
    assert found.input == TensorInfo("input_1_int8", (1, 96, 96, 3), "int8", scale, -128)
    assert found.output == TensorInfo("Identity_int8", (1, 2), "int8", 1 / 256, -128)
    assert found.labels is None
    if micro.is_installed():
        assert (found.arena_bytes, found.arena_reason) == (103_680, None)


def test_a_phones_file(models: Path, imagenet_labels: tuple[str, ...]) -> None:
    found = inspect(models / "mobilenet_v1_0.25_128_quant.tflite")
    assert found.multiply_adds == 13_570_304  # 13.57 M published for 1,000 classes + 256 for one more
    assert found.operators["DEPTHWISE_CONV_2D"] == 13
    assert found.labels == imagenet_labels
    assert found.metadata is not None
    assert found.metadata["normalization"] == {"mean": [127.5], "std": [127.5]}
    assert found.arena_bytes is None
    assert found.arena_reason


def test_json_has_the_promised_keys(models: Path) -> None:
    values = json.loads(json.dumps(inspect(models / "vww_96_float.tflite").to_json()))
    assert {"multiply_adds", "parameters", "input", "output", "operators", "arena_bytes", "arena_reason", "labels"} <= set(values)
    assert values["input"] == {"name": "input_1", "shape": [1, 96, 96, 3], "dtype": "float32", "scale": None, "zero_point": None}


def bad_files(folder: Path, good: bytes) -> dict[str, Path]:
    """Files that are no .tflite, though all are called so."""
    contents = {
        "empty": b"",
        "random": bytes((number * 7919) % 251 for number in range(5000)),
        "text": b"accuracy: 0.99\n" * 100,
        "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(1000),
        "onnx": b"\x08\x08\x12\x07pytorch\x1a\x052.1.0" + bytes(1000),
        "header": good[:8],
        "cut": good[: len(good) // 2],
    }
    paths = {}
    for name, content in contents.items():
        paths[name] = folder / f"{name}.tflite"
        paths[name].write_bytes(content)
    paths["zip"] = folder / "zip.tflite"
    with zipfile.ZipFile(paths["zip"], "w") as archive:
        archive.writestr("config.json", "{}")
    return paths | {"folder": folder, "missing": folder / "missing.tflite"}


def test_what_is_no_tflite_file_is_refused_by_name(models: Path, tmp_path: Path) -> None:
    for path in bad_files(tmp_path, (models / "vww_96_int8.tflite").read_bytes()).values():
        with pytest.raises(ModelFileError) as caught:
            inspect(path)
        assert str(path) in str(caught.value)


def test_nothing_heavy_is_imported(models: Path) -> None:
    code = (
        f"import sys, builder; builder.inspect({str(models / 'vww_96_int8.tflite')!r}); "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'tensorflow', 'ai_edge_litert')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
