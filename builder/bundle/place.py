"""Where a bundle goes: into the build's folder, where it is kept, or where the user says."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path

from builder.device import Device
from builder.errors import InvalidInput
from builder.places import cache_dir
from builder.runs import Run, slug

ELSEWHERE_SECONDS = 24 * 3600  # how long a zip stays that could not be kept in its build's folder


def own_place(run: Run, device: Device | None = None) -> Path:
    """In the build's folder, named like it; with the device's name where it is made for another one than the build is."""
    return run.folder / f"{file_stem(run, device)}.zip"


def elsewhere(run: Run, device: Device | None = None) -> Path:
    """In the cache, for a folder that cannot be written; zips that were left there are removed after a day."""
    folder = cache_dir() / "packed"
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            if time.time() - path.stat().st_mtime > ELSEWHERE_SECONDS:
                path.unlink()
    place = hashlib.sha256(os.fsencode(run.folder.absolute())).hexdigest()[:8]  # builds of one name in two exports folders
    return folder / f"{file_stem(run, device)}-{place}.zip"


def file_stem(run: Run, device: Device | None) -> str:
    """The name without .zip."""
    return run.folder.absolute().name + (f"-{slug(device.name)}" if device is not None else "")


def check_output(output: Path, run: Run) -> Path:
    """A place that the user names, before any work is done for it.

    Raises:
        InvalidInput: it is a folder, lies in a folder that is not there, or is a file of the build.
    """
    if output.is_dir():
        raise InvalidInput(f"--output {output} is a folder. Give the name of a file in it, such as {output / 'bundle.zip'}.")
    if not output.absolute().parent.is_dir():
        raise InvalidInput(f"--output {output}: there is no folder {output.absolute().parent}. Make it first.")
    if output.exists() and not output.is_file():
        raise InvalidInput(f"--output {output} is no plain file. Give another name.")
    inside = output.resolve().is_relative_to(run.folder.resolve())
    if inside and output.suffix != ".zip":
        raise InvalidInput(f"--output {output} lies in the build's folder, where only a .zip may be added. Give another place.")
    return output
