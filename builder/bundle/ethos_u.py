"""What an Ethos-U runs: the file that Arm's compiler makes, as a file and as a C array, and the compiler's own figures."""

from __future__ import annotations

import json
from dataclasses import replace

from builder import tflite_file
from builder.bundle import c_source
from builder.bundle.build_files import BuildFiles, ModelFile
from builder.bundle.entries import Entry, of_bytes, of_text
from builder.bundle.microcontroller import ARRAY_FILE, file_for_firmware, operators_entry
from builder.device import Device
from builder.errors import ModelFileError
from builder.npu import NpuReport, compile_for
from builder.npu.target import target_of

FOLDER = "ethos-u"


def has_ethos_u(device: Device | None) -> bool:
    """Whether a device's accelerator is one that Arm's compiler is for."""
    return device is not None and (device.vela is not None or "ethos-u" in device.accelerator_name.lower())


def ethos_u(files: BuildFiles, device: Device) -> tuple[list[Entry], NpuReport]:
    """The folder for the NPU.

    Raises:
        ConfigError: the size of the device's Ethos-U is unknown.
        ModelFileError: the build has no integer file, or the compiler refuses it.
        MissingTool: the compiler is not installed.
    """
    file = file_for_firmware(files) or files.model("int8")
    if file is None:
        raise ModelFileError("the build has no int8_micro.tflite and no int8.tflite, and an Ethos-U computes in integers.")
    report, compiled = compile_for(file.path, target_of(device))
    report = replace(report, file=file.name)
    return entries_of(file, report, compiled), report


def entries_of(file: ModelFile, report: NpuReport, compiled: bytes) -> list[Entry]:
    """The compiled file, its array, its operators, its figures."""
    name = f"{file.path.stem}_vela.tflite"
    return [
        of_bytes(f"{FOLDER}/{name}", compiled),
        of_text(f"{FOLDER}/model_data.h", c_source.header(name)),
        Entry(f"{FOLDER}/{ARRAY_FILE}", lambda: c_source.source_blocks(name, lambda: compiled)),
        operators_entry(FOLDER, name, tflite_file.parse(compiled, name)),
        of_text(f"{FOLDER}/vela.json", json.dumps(report.to_json(), indent=2, ensure_ascii=False) + "\n"),
    ]
