"""A bundle is opened again right after it is made, and everything in it that can run here is run from the zip's own bytes."""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from builder.bundle import c_source
from builder.bundle.build_files import ModelFile
from builder.bundle.contents import Contents
from builder.bundle.deployed import Deployed
from builder.bundle.microcontroller import FOLDER, file_for_firmware
from builder.bundle.shown import Shown, shown_to
from builder.errors import BuilderError, ModelFileError
from builder.export.labels import from_text
from builder.formats import format_bytes, printable
from builder.report import Check
from builder.threads import processors
from builder.verify.isolation import CLASSIFY, Child, ChildFailed, open_child
from builder.verify.micro import check_micro
from builder.verify.scoring import score, use_of

NAME_LENGTH_MAX = 60
CLEAR = 0.02  # of two top scores: three steps of an integer file are 0.012


def smoke(path: Path, made: Contents) -> tuple[Check, ...]:
    """Opens a bundle and tries it.

    Args:
        path: the zip, perhaps under a temporary name.
        made: what it should hold.

    Returns:
        One check for the zip, each .tflite, the class names, the C array, the arena. None of them raises: see their states.
    """
    try:
        with zipfile.ZipFile(path) as packed, tempfile.TemporaryDirectory(prefix="builder-bundle-") as place:
            if (broken := packed.testzip()) is not None:
                return (Check("zip", "failed", f"{broken} is damaged in it"),)
            for file in made.files.models:
                unpack(packed, f"{made.root}/{file.name}", Path(place, file.name))
            whole = Check("zip", "passed", f"{len(packed.infolist())} files, {format_bytes(path.stat().st_size)}, all whole")
            arrays = [array_check(packed, made.root, *pair) for pair in made.arrays]
            return (whole, labels_check(packed, made), *arrays, *model_checks(Path(place), made))
    except (OSError, zipfile.BadZipFile, KeyError, BuilderError) as error:
        return (Check("zip", "failed", f"it cannot be opened again: {error}"),)


def unpack(packed: zipfile.ZipFile, name: str, place: Path) -> None:
    """One file of the zip."""
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(packed.read(name))


def labels_check(packed: zipfile.ZipFile, made: Contents) -> Check:
    """labels.txt names the report's classes in their order."""
    names = from_text(packed.read(f"{made.root}/labels.txt").decode("utf-8", "replace"))
    if names != made.files.report.labels:
        return Check("labels.txt", "failed", "it names other classes than the report: restore it from a copy")
    return Check("labels.txt", "passed", f"{len(names):,} classes in their order")


def array_check(packed: zipfile.ZipFile, root: str, source: str, model: str) -> Check:
    """A C array holds the bytes of its .tflite, read back from its text."""
    try:
        with io.TextIOWrapper(packed.open(f"{root}/{source}"), "ascii") as lines:
            content = c_source.read_back(lines)
    except ValueError as error:
        return Check(source, "failed", str(error))
    if content != packed.read(f"{root}/{model}"):
        return Check(source, "failed", f"it is not {model}")
    return Check(source, "passed", f"equals {model.rpartition('/')[2]} in all {len(content):,} bytes")


def model_checks(place: Path, made: Contents) -> list[Check]:
    """Every .tflite, each in processes of its own, a few at a time."""
    shapes = {(each.height, each.width, each.channels) for file in made.files.models if (each := file.use) is not None}
    shown = {shape: shown_to(made.files, shape) for shape in shapes}

    def run(file: ModelFile) -> list[Check]:
        found = checked(file.name, lambda: file_check(place, file, shown, made))
        return [found, *micro_check(place, file, shown, made)]

    with ThreadPoolExecutor(max(2, processors())) as pool:
        return [check for checks in pool.map(run, made.files.models) for check in checks]


def checked(name: str, check: Callable[[], Check]) -> Check:
    """A check whose errors are its failure."""
    try:
        return check()
    except (BuilderError, ChildFailed, OSError) as error:
        return Check(name, "failed", str(error).rstrip("."))


def file_check(place: Path, file: ModelFile, shown: dict[tuple[int, int, int], Shown], made: Contents) -> Check:
    """The file is the one that was verified, and says what it said then."""
    path = place / file.name
    if hashlib.sha256(path.read_bytes()).hexdigest() != file.sha256:
        return Check(file.name, "failed", "it is another file than was verified")
    if file.use is None:
        return Check(file.name, "skipped", file.why_not.rstrip("."))
    if file.made is not None and file.made.accuracy is None:
        why = "; ".join(check.reason for check in file.made.failed if check.reason)
        return Check(file.name, "skipped", f"the build could not run it either{f': {why}' if why else ''}")
    image = shown[shape_of(file.use)]
    with open_child(CLASSIFY, path) as child:
        labels, scores = named(child, path, image.pixels)
    said = None if made.files.outcomes is None or image.photo is None else made.files.outcomes.answer(file.variant, image.photo)
    if said is not None and (said.label == labels[int(np.argmax(scores))] or is_clear(scores)):
        return same_label(file.name, labels[int(np.argmax(scores))], said.label, image.what)
    with open_child(CLASSIFY, file.path) as child:
        _, before = named(child, file.path, image.pixels)
    if not np.array_equal(scores, before):
        return Check(file.name, "failed", "it gives other scores than the file in the build's folder")
    return Check(file.name, "passed", f"gives the scores of the file in the build's folder on {image.what}")


def shape_of(use: Deployed) -> tuple[int, int, int]:
    """Of the input: height, width, channels."""
    return use.height, use.width, use.channels


def named(child: Child, path: Path, pixels: NDArray[np.uint8]) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """The classes of a file, and its scores of one image."""
    use = use_of(path, child.facts, None, None, None)
    return use.labels, score(child, pixels[np.newaxis], normalization=use.normalization, threads=1)[0]


def is_clear(scores: NDArray[np.float32]) -> bool:
    """Whether the best score leads by more than the kernels of two processors can differ."""
    second, first = np.sort(scores)[-2:]
    return bool(first - second > CLEAR)


def same_label(name: str, label: str, before: str, photo: str) -> Check:
    """Whether a file names a photo as it did when it was verified."""
    now, then = (printable(each, NAME_LENGTH_MAX) for each in (label, before))
    if label != before:
        return Check(name, "failed", f'it names {photo} "{now}", and the build found "{then}"')
    return Check(name, "passed", f'names {photo} "{now}", as the build found')


def micro_check(place: Path, file: ModelFile, shown: dict[tuple[int, int, int], Shown], made: Contents) -> list[Check]:
    """TFLite Micro runs the file for firmware inside the arena that the firmware reserves."""
    firmware = file_for_firmware(made.files)
    if made.arena is None or firmware is None or file.name != firmware.name or file.use is None:
        return []
    name, use = f"{FOLDER}/", file.use
    normalization = ([use.mean], [use.std])
    try:
        arena, state, reason = check_micro(place / file.name, shown[shape_of(use)].pixels[np.newaxis], normalization)
    except ModelFileError as error:
        return [Check(name, "failed", str(error))]
    if state == "passed" and arena.bytes is not None:
        fits = arena.bytes <= made.arena.bytes
        reason = f"TFLite Micro takes {arena.bytes:,} bytes of the {made.arena.bytes:,} that are reserved"
        return [Check(name, "passed" if fits else "failed", reason)]
    return [Check(name, state, reason)]
