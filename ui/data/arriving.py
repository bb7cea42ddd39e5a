"""Uploads while they arrive: on the server's disk, and bounded for a visitor and for all of them, however many files they have.

Streamlit holds uploads in memory and bounds each file alone, so a folder of many large ones would take all of it. `install` puts
the methods below in place of those of the manager that the running server has; nothing else of Streamlit is touched.
"""

from __future__ import annotations

import io
import shutil
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFileRec, UploadFileUrlInfo

from builder import uploads
from builder.errors import BuilderError
from builder.formats import format_megabytes
from builder.uploads import sets

IN_MEMORY_MAX = 24 * 1024**2  # bytes of one widget's files that its page gets as they are: a photo to try has at most 20 MiB
BOUND_MIN = 64 * 10**6  # whatever BUILDER_UPLOAD_MAX says: photos to try count here, too
VISITORS_AT_ONCE = 8  # who may each have as much as one upload may be
DROPS_KEPT = 8  # of a visitor; of older ones nothing more can arrive
METHODS = ("add_file", "get_files", "remove_file", "remove_session_files", "get_upload_urls")
OTHERS = "Too much is being uploaded to this server right now. Try again in a few minutes."


class Late(io.RawIOBase):
    """A file that is open only from the first byte to the last: a folder may have more of them than a process may open."""

    def __init__(self, path: Path) -> None:
        self.path, self.file = path, cast("IO[bytes] | None", None)
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.ended:
            return 0
        self.file = self.file or self.path.open("rb", buffering=0)
        count = int(cast("io.FileIO", self.file).readinto(buffer) or 0)
        if not count:
            self.ended = True
            self.file.close()
        return count


@dataclass(slots=True)
class Drop:
    """Files that a visitor gave at once; they are taken together or not at all."""

    ids: set[str]
    refused: bool = False


@dataclass(slots=True)
class Visitor:
    """What a browser's session has sent.

    Args:
        drops: the latest.
        files: by id, without their content.
        sizes: bytes by id.
        folder: where the contents lie; None while there is none.
        refusal: what the page has to say.
    """

    drops: deque[Drop] = field(default_factory=lambda: deque(maxlen=DROPS_KEPT))
    files: dict[str, UploadedFileRec] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    folder: Path | None = None
    refusal: str = ""

    def path(self, file_id: str) -> Path:
        """A file's content; ids are the server's own."""
        assert self.folder is not None
        return self.folder / file_id

    def let_go(self, file_id: str) -> None:
        """Drops a file."""
        if self.files.pop(file_id, None) is not None:
            self.sizes.pop(file_id)
            self.path(file_id).unlink(missing_ok=True)
        if not self.files and self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None


class Arriving:
    """What all visitors have sent; safe from any thread.

    Args:
        manager: Streamlit's, which gives the files their ids.
    """

    def __init__(self, manager: Any) -> None:
        self.visitors: dict[str, Visitor] = {}
        self.issue = manager.get_upload_urls
        self.lock = threading.RLock()

    def get_upload_urls(self, session_id: str, file_names: Sequence[str]) -> list[UploadFileUrlInfo]:
        """Addresses for files that are about to be sent, which are one drop."""
        made: list[UploadFileUrlInfo] = self.issue(session_id, file_names)
        with self.lock:
            visitor = self.visitors.setdefault(session_id, Visitor())
            if len(made) > sets.FILES_MAX:
                visitor.refusal = f"That were {len(made):,} files; at most {sets.FILES_MAX:,} can be uploaded. {elsewhere()}"
            else:
                visitor.drops.append(Drop({each.file_id for each in made}))
        return made

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Keeps a file on disk, or lets it go with all of its drop; the page tells why when the browser has sent the rest."""
        with self.lock:
            visitor = self.visitors.get(session_id, Visitor())
            drop = next((each for each in visitor.drops if file.file_id in each.ids), None)
            if drop is None or drop.refused:
                return
            visitor.let_go(file.file_id)
            try:
                words = self.too_much(visitor, len(file.data))
                if not words:
                    visitor.folder = visitor.folder or sets.incoming()
                    visitor.files[file.file_id] = file._replace(data=b"")
                    visitor.sizes[file.file_id] = len(file.data)
                    path = visitor.path(file.file_id)
                    sets.guarded(lambda: path.write_bytes(file.data))
            except BuilderError as error:
                words = str(error)
            if words:
                visitor.refusal, drop.refused = words, True
                for file_id in drop.ids:
                    visitor.let_go(file_id)

    def too_much(self, visitor: Visitor, more: int) -> str:
        """Why so many more bytes cannot be taken; empty where they can."""
        bound = max(uploads.bytes_max(), BOUND_MIN)
        if sum(visitor.sizes.values()) + more > bound:
            return f"That is more than the {format_megabytes(bound)} that one upload may have. {elsewhere()}"
        everybody = sum(sum(each.sizes.values()) for each in list(self.visitors.values()))
        return OTHERS if everybody + more > VISITORS_AT_ONCE * bound else ""

    def get_files(self, session_id: str, file_ids: Sequence[str]) -> list[UploadedFileRec]:
        """The files of a widget: whole where they are small together, else empty, to be read with `content`."""
        with self.lock:
            visitor = self.visitors.get(session_id, Visitor())
            known = [file_id for file_id in file_ids if file_id in visitor.files]
            small = sum(visitor.sizes[file_id] for file_id in known) <= IN_MEMORY_MAX
            try:
                return [
                    visitor.files[file_id]._replace(data=visitor.path(file_id).read_bytes() if small else b"") for file_id in known
                ]
            except OSError:  # somebody emptied the folder of uploads
                return []

    def remove_file(self, session_id: str, file_id: str) -> None:
        """Drops a file."""
        with self.lock:
            if session_id in self.visitors:
                self.visitors[session_id].let_go(file_id)

    def remove_session_files(self, session_id: str) -> None:
        """Drops what a visitor who is gone had sent."""
        with self.lock:
            visitor = self.visitors.pop(session_id, Visitor())
            for file_id in list(visitor.files):
                visitor.let_go(file_id)


def elsewhere() -> str:
    """The way for larger sets."""
    return "Copy larger sets to the server and choose their folder there, or start the app with a larger BUILDER_UPLOAD_MAX."


def install() -> None:
    """Bounds the uploads of the running server; a Streamlit that keeps them otherwise is left as it is."""
    if not st.runtime.exists():
        return
    manager: Any = getattr(st.runtime.get_instance(), "uploaded_file_mgr", None)
    if not all(hasattr(manager, name) for name in METHODS) or hasattr(manager, "arriving"):
        return
    arriving = Arriving(manager)
    manager.arriving = arriving
    for name in METHODS:
        setattr(manager, name, getattr(arriving, name))


def own() -> tuple[Visitor | None, Any]:
    """What this script's visitor has sent, and the lock for it; None where uploads stay in memory, as in tests of a page."""
    context = get_script_run_ctx()
    arriving: Arriving | None = getattr(context.uploaded_file_mgr, "arriving", None) if context else None
    if context is None or arriving is None:
        return None, threading.RLock()
    return arriving.visitors.get(context.session_id), arriving.lock


def refusal() -> str:
    """Why files of this visitor were not taken, once; empty where all were."""
    visitor, lock = own()
    if visitor is None:
        return ""
    with lock:
        words, visitor.refusal = visitor.refusal, ""
    return words


def content(file: Any) -> IO[bytes]:
    """A file of a widget, to be read from its start to its end once."""
    visitor, lock = own()
    with lock:
        if visitor is None or file.file_id not in visitor.files:
            return cast("IO[bytes]", file)
        return cast("IO[bytes]", Late(visitor.path(file.file_id)))
