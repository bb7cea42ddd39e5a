"""What stays as long as the server: modules. Streamlit collects garbage after every run, 30 to 60 ms of looking at nothing else."""

from __future__ import annotations

import gc
from functools import cache


@cache
def keep(reason: str) -> None:  # noqa: ARG001 - once for each
    """Leaves all that exists now out of every later collection.

    Args:
        reason: what was just imported; each counts once.
    """
    gc.collect()
    gc.freeze()
