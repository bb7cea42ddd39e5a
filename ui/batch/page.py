"""The page's pieces in their order: a new batch or the one that is looked at, those that there are, the best of all builds."""

from __future__ import annotations

from ui import launching, parts, session
from ui.batch import earlier, live, new, ranking


def show() -> None:
    """The page."""
    starting = launching.begins(new.LAUNCHING)  # first: what ends in this moment is settled by the next look
    if not starting:
        new.settle()
    wanted = session.choice().batch
    folder = earlier.folder_of(wanted) if wanted else None
    words = "" if folder is not None else "Many builds at once: see what each would cost, build them, find the best."
    parts.page_title("Batch", words)
    if starting:
        launching.progress(new.LAUNCHING, "the file is read, its folder taken")
    elif folder is not None:
        live.show(folder)
    else:
        if wanted:
            parts.caution(f"The batch {wanted} of this link is not here, or no more.")
        new.show()
    earlier.show()
    ranking.show()
