"""What compression keeps beside matrix.json, so that a later process measures nothing twice.

    said.json      the top labels that the network and each technique gave validation and test photos
    network.npz    the network's scores, where they are few
    weights/       tuned weights, which other techniques start from

All of it can be made anew: what is missing or damaged is no error.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from builder.matrix.measuring import Said, Scored
from builder.records import read_json, write_json
from builder.runs import storage_error
from builder.whole_files import whole_file

SAID, NETWORK = "said.json", "network.npz"
SCORES_BYTES_MAX = 64 * 1024**2


def read_said(folder: Path, weights_sha256: str, test: int, validation: int, classes: int) -> dict[str, Said]:
    """What techniques said, by name; empty where it is of other weights or other numbers of photos or classes."""
    values = read_json(folder / SAID)
    if values.get("weights_sha256") != weights_sha256 or not isinstance(values.get("said"), dict):
        return {}
    found = {}
    for name, said in values["said"].items():
        try:
            each = Said(tuple(map(int, said["test"])), tuple(map(int, said["validation"])))
        except (TypeError, KeyError, ValueError):
            continue
        fits = (len(each.test), len(each.validation)) == (test, validation)
        if fits and all(0 <= label < classes for label in (*each.test, *each.validation)):
            found[str(name)] = each
    return found


def write_said(folder: Path, weights_sha256: str, said: Mapping[str, Said]) -> None:
    """Keeps it, whole or not at all."""
    columns: dict[str, Any] = {name: {"test": each.test, "validation": each.validation} for name, each in said.items()}
    write_json(folder / SAID, {"weights_sha256": weights_sha256, "said": columns})


def read_scores(folder: Path, weights_sha256: str) -> Scored | None:
    """The network's scores; None where they were not kept, or are of other weights."""
    try:
        with (folder / NETWORK).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            if str(file["weights_sha256"]) != weights_sha256:
                return None
            return Scored(file["test"], file["validation"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def write_scores(folder: Path, weights_sha256: str, scored: Scored) -> None:
    """Keeps the network's scores, unless they are too many to be worth it."""
    if scored.test.nbytes + scored.validation.nbytes > SCORES_BYTES_MAX:
        return
    try:
        with whole_file(folder / NETWORK) as file:
            np.savez(file, test=scored.test, validation=scored.validation, weights_sha256=np.array(weights_sha256))
    except OSError as error:
        raise storage_error(folder / NETWORK, error) from None
