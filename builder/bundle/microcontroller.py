"""What firmware compiles: the model as a C array, the operators that it uses, its constants, a sketch for Arduino."""

from __future__ import annotations

from collections.abc import Iterator

from builder.bundle import c_source
from builder.bundle.arena_constant import VARIANT, ArenaConstant, arena_constant
from builder.bundle.build_files import BuildFiles, ModelFile
from builder.bundle.deployed import Deployed
from builder.bundle.entries import Entry, of_text
from builder.bundle.operators import adders
from builder.bundle.templates import render
from builder.device import Device
from builder.errors import ModelFileError
from builder.tflite_file import Model

FOLDER = "microcontroller"  # Arduino wants the sketch to be called as its folder is
ARRAY_FILE = "model_data.cc"
FED = "int8"  # the type that the sketch feeds


def file_for_firmware(files: BuildFiles) -> ModelFile | None:
    """The file for TFLite Micro: the chosen technique's where it has one that the sketch can feed, else the build's own."""
    micro = None if files.chosen is None else files.chosen.micro
    return micro if micro is not None and micro.takes(FED) else files.model(VARIANT)


def microcontroller(files: BuildFiles, device: Device | None) -> tuple[list[Entry], ArenaConstant]:
    """The folder for firmware, made of the file for microcontrollers.

    Raises:
        ModelFileError: there is no such file, or firmware cannot use it; the message says why.
    """
    file = file_for_firmware(files)
    if file is None or file.made is None:
        raise ModelFileError(
            f"the build has no {VARIANT}.tflite, the file that TFLite Micro takes. Build with --variant {VARIANT}."
        )
    if file.use is None:
        raise ModelFileError(file.why_not)
    if file.use.dtype != FED:
        raise ModelFileError(f"{file.name} takes {file.use.dtype}, and the sketch feeds {FED}.")
    arena = arena_constant(files.report, file.made, device)
    entries = [
        *array_entries(FOLDER, file),
        operators_entry(FOLDER, file.name, file.use.model),
        of_text(f"{FOLDER}/model_settings.h", settings(files, file.use, arena)),
        of_text(f"{FOLDER}/{FOLDER}.ino", render("sketch.ino.j2", title=files.report.build.title, model=file.use)),
    ]
    return entries, arena


def array_entries(folder: str, file: ModelFile) -> list[Entry]:
    """model_data.h and model_data.cc of a file on the disk."""

    def blocks() -> Iterator[bytes]:
        return c_source.source_blocks(file.name, file.path.read_bytes)

    return [of_text(f"{folder}/model_data.h", c_source.header(file.name)), Entry(f"{folder}/{ARRAY_FILE}", blocks)]


def operators_entry(folder: str, name: str, model: Model) -> Entry:
    """model_ops.h: exactly the operators that a file uses."""
    return of_text(f"{folder}/model_ops.h", render("model_ops.h.j2", file=name, adders=adders(model)))


def settings(files: BuildFiles, use: Deployed, arena: ArenaConstant) -> str:
    """model_settings.h: the arena, shapes, scores, class names."""
    return render("model_settings.h.j2", title=files.report.build.title, model=use, arena=arena, labels=files.report.labels)
