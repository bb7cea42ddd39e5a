"""Everything that a bundle holds, decided before a byte of it is written; what cannot be in it is said in its README."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from builder.bundle.arena_constant import ArenaConstant
from builder.bundle.build_files import BuildFiles, ModelFile, build_files
from builder.bundle.entries import Entry, of_file, of_text
from builder.bundle.ethos_u import FOLDER as NPU_FOLDER
from builder.bundle.ethos_u import ethos_u, has_ethos_u
from builder.bundle.main_file import not_taken
from builder.bundle.microcontroller import ARRAY_FILE, file_for_firmware, microcontroller
from builder.bundle.microcontroller import FOLDER as MICRO_FOLDER
from builder.bundle.model_card import model_card
from builder.bundle.phones import file_for_apps, phones, takes_mediapipe
from builder.bundle.readme import readme
from builder.device import Device
from builder.errors import BuilderError, ModelFileError
from builder.npu import NpuReport
from builder.runs import Run

NAME_LENGTH_MAX = 100
README, CARD = "README.md", "MODEL_CARD.md"


@dataclass(frozen=True, slots=True)
class Contents:
    """A bundle to be.

    Args:
        root: the folder inside the zip that all entries lie in.
        entries: in the zip's order.
        files: of the build.
        arena: of the firmware; None where there is none.
        arrays: C sources, each with the file that its array holds.
        notes: what is not in it, and why, as sentences.
    """

    root: str
    entries: tuple[Entry, ...]
    files: BuildFiles
    arena: ArenaConstant | None
    arrays: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def contents(run: Run, device: Device | None, notes: Sequence[str] = ()) -> Contents:
    """What the bundle of a finished build holds.

    Args:
        run: the build.
        device: that firmware is for; None is a typical microcontroller.
        notes: what is known to be missing already.

    Raises:
        InvalidInput: the build is not done, or its files are missing, damaged or changed.
    """
    files = build_files(run)
    unused = (f"{file.name} can be used from no snippet: {file.why_not}" for file in files.models if not file.use)
    said = [*notes, *files.notes, *unused, *not_taken(files)]
    apps, app_entries = for_phones(files, said)
    firmware, arena = for_firmware(files, device, said)
    npu_entries, npu = for_npu(files, device, said)
    root = root_of(run)
    made = [
        of_text(README, readme(files, apps, arena, npu, said)),
        of_text(CARD, model_card(files)),
        *(of_file(file.name, file.path) for file in files.models),
        *(of_file(path.relative_to(files.folder).as_posix(), path) for path in files.extras),
        *app_entries,
        *firmware,
        *npu_entries,
    ]
    return Contents(root, below(root, made), files, arena, arrays(files, firmware, npu_entries), tuple(said))


def arrays(files: BuildFiles, firmware: Sequence[Entry], npu: Sequence[Entry]) -> tuple[tuple[str, str], ...]:
    """C sources of the folders that there are, each with its .tflite."""
    micro = file_for_firmware(files)
    pairs = [(f"{MICRO_FOLDER}/{ARRAY_FILE}", micro.name)] if firmware and micro is not None else []
    pairs += [(f"{NPU_FOLDER}/{ARRAY_FILE}", entry.name) for entry in npu if entry.name.endswith(".tflite")]
    return tuple(pairs)


def root_of(run: Run) -> str:
    """The name of the build's folder, as every system can unpack it."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", run.folder.absolute().name)[:NAME_LENGTH_MAX].strip(".-") or "bundle"


def below(root: str, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries inside one folder, so that nobody's desktop is littered."""
    return tuple(replace(entry, name=f"{root}/{entry.name}") for entry in entries)


def for_phones(files: BuildFiles, notes: list[str]) -> tuple[ModelFile | None, list[Entry]]:
    """Snippets for apps, and the file that they load."""
    apps = file_for_apps(files)
    if apps is None:
        notes.append("android/ and ios/ are left out: the build has no file for apps. Build with --variant int8.")
        return None, []
    if not takes_mediapipe(apps):
        notes.append("There is no snippet for MediaPipe: it takes colour photos, and this model gray ones.")
    if apps.made is not None and apps.made.failed:
        notes.append(f"{apps.name} failed a check of its build: see the report before you use it.")
    return apps, phones(files, apps)


def for_firmware(files: BuildFiles, device: Device | None, notes: list[str]) -> tuple[list[Entry], ArenaConstant | None]:
    """The folder for microcontrollers."""
    try:
        entries, arena = microcontroller(files, device)
    except ModelFileError as error:
        notes.append(f"microcontroller/ is left out: {error}")
        return [], None
    if device is not None and device.on_linux:
        notes.append(f"{device.name} runs LiteRT, not TFLite Micro: the arena is that of a typical microcontroller.")
    elif device is not None and device.ram_bytes is not None and arena.bytes > device.ram_bytes:
        notes.append(f"The arena of {arena.bytes:,} bytes does not fit {device.name}, which has {device.ram_bytes:,} bytes of RAM.")
    return entries, arena


def for_npu(files: BuildFiles, device: Device | None, notes: list[str]) -> tuple[list[Entry], NpuReport | None]:
    """The folder for an Ethos-U, where the device has one and the compiler is there."""
    if device is None or not has_ethos_u(device):
        return [], None
    try:
        return ethos_u(files, device)
    except BuilderError as error:
        notes.append(f"ethos-u/ is left out: {error}")
        return [], None
