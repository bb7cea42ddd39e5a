"""outcomes.json: written whole, before the report; read strictly."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from builder.data import Rows
from builder.outcomes import pictures
from builder.outcomes.model import FORMAT, Outcomes
from builder.runs import write_atomically
from builder.strict_json import damaged, read_strictly

OUTCOMES = "outcomes.json"
MEND = "Build again with --force, or restore the file from a copy."
BYTES_MAX = 256 * 1024**2  # ten columns of a million photos


def keep(folder: Path, outcomes: Outcomes, hero: str | None, images: Rows) -> Outcomes:
    """Writes outcomes.json and the pictures of the photos worth showing.

    Args:
        folder: the build's.
        outcomes: what was said.
        hero: the variant that is shown first.
        images: test photos, uint8 (N, H, W, C).

    Returns:
        The outcomes, with the photos that have a picture now.

    Raises:
        StorageError: the disk is full or cannot be written.
    """
    kept = replace(outcomes, pictured=pictures.chosen(outcomes, hero, pictures.most_of(images)))
    pictures.save(folder, kept.pictured, images)
    write_atomically(folder / OUTCOMES, json.dumps(kept.to_json(), allow_nan=False, separators=(",", ":")) + "\n")
    return kept


def read_outcomes(folder: Path) -> Outcomes | None:
    """What a build said about its test photos; None for a build that was made before they were kept.

    Args:
        folder: the build's.

    Raises:
        InvalidInput: the file is damaged or cannot be read, or a newer builder wrote it.
    """
    path = folder / OUTCOMES
    outcomes = read_strictly(path, Outcomes, newest=FORMAT, bytes_max=BYTES_MAX, mend=MEND)
    if outcomes is not None and (problem := outcomes.problem()):
        raise damaged(path, problem, MEND)
    return outcomes
