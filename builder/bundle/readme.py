"""The first file to open: where to start on each platform, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from builder.bundle.arena_constant import ArenaConstant
from builder.bundle.build_files import BuildFiles, ModelFile
from builder.bundle.main_file import is_chosen, told, why_main
from builder.bundle.microcontroller import file_for_firmware
from builder.bundle.phones import takes_mediapipe
from builder.bundle.templates import render
from builder.npu import NpuReport
from builder.report import findings

PURPOSES = {
    "float32": "apps, and to compare with; GPUs of phones",
    "float16": "apps; half the size of float32",
    "dynamic": "apps; integer weights, real numbers between layers",
    "int8": "apps: uint8 in and out, integers only",
    "int8_micro": "microcontrollers: int8 in and out, integers only",
}
FURTHER = "made with a further technique: see compressed/matrix.json"


def readme(
    files: BuildFiles, apps: ModelFile | None, arena: ArenaConstant | None, npu: NpuReport | None, notes: Sequence[str]
) -> str:
    """README.md.

    Args:
        files: of the build.
        apps: the file that the snippets for phones load; None where there are no snippets.
        arena: None where there is no folder for microcontrollers.
        npu: None where there is no folder for an Ethos-U.
        notes: what is not in the zip, and why.
    """
    micro = file_for_firmware(files)
    return render(
        "README.md.j2",
        title=files.report.build.title,
        verdict=findings.verdict(*told(files)),
        why=why_main(files),
        apps=apps.name if apps else "",
        mediapipe=apps is not None and takes_mediapipe(apps),
        arena=arena,
        npu=npu,
        notes=notes,
        micro=micro.name if micro else "",
        models=[(file.name, purpose(files, file)) for file in files.models],
    )


def purpose(files: BuildFiles, file: ModelFile) -> str:
    """What a file is for."""
    return PURPOSES.get(file.variant, FURTHER) + ("; this technique was chosen" if is_chosen(files, file) else "")
