"""Makes the bundle of a finished build, tries it, and keeps it only when all went well."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from builder import devices, target
from builder.bundle import archive
from builder.bundle.contents import Contents, contents
from builder.bundle.place import check_output, elsewhere, own_place
from builder.bundle.smoke import smoke
from builder.device import Device
from builder.errors import ConfigError, ModelFileError, StorageError
from builder.report import Check
from builder.runs import Run, storage_error


@dataclass(frozen=True, slots=True)
class Bundle:
    """A zip with everything that goes to the phone and to the board.

    Args:
        path: where it lies.
        size_bytes: of the zip.
        device: that it was made for; empty where none is known.
        files: names inside, the folder that they lie in included.
        arena_bytes: that the firmware reserves; None where there is none.
        checks: what was tried after it was made.
        notes: what is not in it, and why.
    """

    path: Path
    size_bytes: int
    device: str
    files: tuple[str, ...]
    arena_bytes: int | None
    checks: tuple[Check, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for `bundle --json`."""
        return asdict(self) | {"path": str(self.path)}


def bundle(run: Run, device: Device | None = None, output: Path | None = None) -> Bundle:
    """Makes the bundle of a finished build and tries it from its own bytes.

    The same build and device are the same bytes. Nothing else in the build's folder is touched.

    Args:
        run: the build.
        device: what the arena, and the file for an Ethos-U, are made for; by default what build.json names.
        output: the zip; by default `<folder's name>.zip` in the build's folder, or in the cache where that cannot be written.

    Returns:
        Where it is, what is in it, and what was checked.

    Raises:
        InvalidInput: the build is not done, or its files are missing, damaged or changed; `output` cannot be used.
        ModelFileError: the bundle failed a check; it was not kept.
        StorageError: no place can be written, or the disk is full.
    """
    if output is not None:
        check_output(output, run)
    meant, note = meant_for(run)
    chosen = device or meant
    made = contents(run, chosen, (note,) if note and device is None else ())
    other = device if device != meant else None
    path, checks = kept_or_written(run, made, other, smoke) if output is None else (output, written(output, made, output_error))
    return Bundle(
        path=path,
        size_bytes=path.stat().st_size,
        device="" if chosen is None else chosen.name,
        files=tuple(entry.name for entry in made.entries),
        arena_bytes=made.arena.bytes if made.arena else None,
        checks=checks,
        notes=made.notes,
    )


def packed(run: Run) -> Path:
    """The bundle of a build as it lies in its folder: made, and tried, only when something in it is another now.

    Raises:
        As `bundle`.
    """
    meant, note = meant_for(run)
    made = contents(run, meant, (note,) if note else ())
    return kept_or_written(run, made, None, lambda *_: ())[0]


def meant_for(run: Run) -> tuple[Device | None, str]:
    """The device that build.json names; a sentence where there is no such device any more."""
    wanted = target.read(run.description().get("target"))
    if wanted is None or not wanted.device:
        return None, ""
    try:
        return devices.find(wanted.device), ""
    except ConfigError:
        return None, f"The build was made for {wanted.device}, which is no known device any more: name one with --device."


def kept_or_written(
    run: Run, made: Contents, device: Device | None, again: Callable[[Path, Contents], tuple[Check, ...]]
) -> tuple[Path, tuple[Check, ...]]:
    """The bundle that is there already, tried by `again`, or a new one; in the cache where the build's folder cannot be written."""
    for place in (own_place, elsewhere):
        path = place(run, device)
        if archive.is_current(path, made.entries):
            return path, tried_again(path, made, again)
        try:
            return path, written(path, made, storage_error)
        except StorageError:
            if place is elsewhere:
                raise
    raise AssertionError("one of the two places is tried last")


def tried_again(path: Path, made: Contents, again: Callable[[Path, Contents], tuple[Check, ...]]) -> tuple[Check, ...]:
    """The checks of a bundle that is there; one that fails is removed."""
    try:
        return sound(again(path, made), made)
    except ModelFileError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def written(path: Path, made: Contents, complaint: Callable[[Path, OSError], StorageError]) -> tuple[Check, ...]:
    """Writes a bundle and tries it before it gets its name.

    Raises:
        ModelFileError: it failed a check.
        StorageError: the disk is full or cannot be written.
    """
    try:
        return archive.write(path, made.entries, lambda place: sound(smoke(place, made), made))
    except OSError as error:
        raise complaint(path, error) from None


def sound(checks: tuple[Check, ...], made: Contents) -> tuple[Check, ...]:
    """The checks, unless one failed."""
    failed = "; ".join(f"{check.name}: {check.reason}" for check in checks if check.state == "failed")
    if failed:
        raise ModelFileError(
            f"The bundle of {made.files.folder.absolute().name} failed when it was tried, and was not kept: {failed}. Build it "
            "again with --force, or restore its files from a copy."
        )
    return checks


def output_error(path: Path, error: OSError) -> StorageError:
    """What to tell when a place that the user named cannot be written."""
    return StorageError(f"--output {path} cannot be written ({error.strerror or error}). Make room there, or give another place.")
