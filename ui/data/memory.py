"""Giving an upload's memory back to the system."""

from __future__ import annotations

import contextlib
import ctypes
import gc
from collections.abc import Iterable
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx


def forget(files: Iterable[Any]) -> None:
    """Drops uploaded files from the server's memory now, not when the browser's session ends."""
    context = get_script_run_ctx()
    if context is not None:
        manager: Any = context.uploaded_file_mgr  # the one in memory, which can drop single files
        for file in files:
            manager.remove_file(session_id=context.session_id, file_id=file.file_id)


def trim() -> None:
    """Hands freed memory back: glibc keeps what lies between blocks that are in use, some 100 MB after a folder of small files."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
