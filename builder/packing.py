"""Everything of a finished build as one zip: its bundle, made when it is asked for, and anew only when something changed."""

from __future__ import annotations

from pathlib import Path

from builder.bundle.build_files import members as members
from builder.runs import Run


def pack(run: Run) -> Path:
    """The zip of a finished build: the one in its folder when that is right, else a new one, tried before it is kept.

    Args:
        run: the build; its files, snippets for apps and firmware, and a model card are packed: see `builder.bundle`.

    Returns:
        `<folder's name>.zip` in the folder, or in the cache where the folder cannot be written; inside it the files lie below a
        folder of that name.

    Raises:
        InvalidInput: the build is not done, its report is damaged, a file is missing or changed, or the zip fails when it is tried.
        StorageError: neither place can be written, or the disks are full.
    """
    from builder.bundle.making import packed  # what it needs is not needed to show a page

    return packed(run)
