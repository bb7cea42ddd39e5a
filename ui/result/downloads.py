"""Everything to download, read from its file only when somebody clicks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from builder import packing
from builder.errors import BuilderError, InvalidInput
from builder.formats import format_bytes
from ui import parts
from ui.finished import Finished
from ui.result import bundle

MODEL = "application/octet-stream"


def show(build: Finished) -> None:
    """A button for each file, the .tflite to take first; those that are no longer what was verified are named, not offered."""
    report = build.report
    hero = build.hero
    names = sorted(report.measured.variants, key=lambda name: name != hero)
    with st.container(horizontal=True):
        for name in names:
            if name in build.changed:
                continue
            made, path = report.measured.variants[name], build.path(name)
            button(
                f"{made.file} ({format_bytes(made.flash_bytes)})", path.name, verified(path, made.sha256), MODEL,
                key=name, primary=name == hero,
            )  # fmt: skip
    with st.container(horizontal=True):
        for name, mime in (("labels.txt", "text/plain"), ("report.html", "text/html"), ("report.json", "application/json")):
            path = build.run.folder / name
            if path.is_file():
                button(f"{name} ({format_bytes(path.stat().st_size)})", name, reader(path), mime, key=name)
        everything(build)
    bundle.show(build)
    for name in build.changed:
        parts.caution(
            f"{report.measured.variants[name].file} is missing or no longer the file that was verified, so it is not offered. "
            "Build it again with --force, or restore it from a copy."
        )


def everything(build: Finished) -> None:
    """The bundle; not while a file in it is another one than was verified."""
    if build.changed:
        return
    try:
        size = sum(path.stat().st_size for path in packing.members(build.run, build.report))
    except (OSError, BuilderError) as error:
        parts.caution(str(error))
        return
    name = f"{build.run.folder.name}.zip"
    button(f"Bundle for app and firmware (about {format_bytes(size)})", name, packer(build), "application/zip", key="zip")


def button(label: str, name: str, read: Callable[[], bytes], mime: str, *, key: str, primary: bool = False) -> None:
    """A download that neither reads its file before the click nor runs the page again after it."""
    st.download_button(
        parts.literal(label),
        read,
        file_name=name,
        mime=mime,
        key=f"download-{key}",
        on_click="ignore",
        icon=":material/download:",
        type="primary" if primary else "secondary",
    )


def reader(path: Path) -> Callable[[], bytes]:
    """Reads a file."""
    return path.read_bytes


def verified(path: Path, sha256: str) -> Callable[[], bytes]:
    """Reads a file, and refuses it when it is not the one that was verified."""

    def read() -> bytes:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise InvalidInput(f"{path} was changed since it was verified. Make it again.")
        return content

    return read


def packer(build: Finished) -> Callable[[], bytes]:
    """Makes the bundle, unless it is there already, and reads it."""
    return lambda: packing.pack(build.run).read_bytes()
