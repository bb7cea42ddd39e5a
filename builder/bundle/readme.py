"""The first file to open: where to start on each platform, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from builder.bundle.arena_constant import VARIANT, ArenaConstant
from builder.bundle.build_files import BuildFiles, ModelFile
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
    micro = files.model(VARIANT)
    return render(
        "README.md.j2",
        title=files.report.build.title,
        verdict=findings.verdict(files.report),
        apps=apps.name if apps else "",
        mediapipe=apps is not None and takes_mediapipe(apps),
        arena=arena,
        npu=npu,
        notes=notes,
        micro=micro.name if micro else "",
        models=[(file.name, PURPOSES.get(file.variant, FURTHER)) for file in files.models],
    )
