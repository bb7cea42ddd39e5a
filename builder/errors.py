"""Every error that a user can meet, as one small tree.

    BuilderError              something that the user can act on; `exit_code` is what the command line ends with
    ├── InvalidInput      2   a value, a file or a folder that cannot be used as it is
    │   ├── ConfigError       a build's settings
    │   ├── DataError         photos, archives, splits
    │   ├── ModelFileError    a .tflite, .keras or .h5 file
    │   ├── Busy              a build that somebody else works on
    │   └── StorageError      a place that cannot be written, a full disk
    ├── MissingTool       1   a required package or system library is absent or broken
    ├── NothingFits       3   no model fits the budget, or none passes the gate
    ├── PartlyFailed      4   some builds of a batch failed
    └── Interrupted     130   stopped by the user; says how to go on

A message says what was needed, what came, and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

EXIT_DONE = 0
EXIT_BROKEN = 1
EXIT_BAD_INPUT = 2
EXIT_NOTHING_FITS = 3
EXIT_PARTLY_FAILED = 4
EXIT_INTERRUPTED = 130


class BuilderError(Exception):
    """An error with a message for the user; never shown with a traceback."""

    exit_code = EXIT_BAD_INPUT


class InvalidInput(BuilderError):
    """Something the user gave cannot be used as it is."""


class ConfigError(InvalidInput):
    """A setting has an unknown name, a wrong type or a value out of range."""


class DataError(InvalidInput):
    """Photos, an archive or a split that no model can be trained or measured on."""


class ModelFileError(InvalidInput):
    """A model file is damaged, unsafe, or holds another architecture than needed."""


class Busy(InvalidInput):
    """Somebody else works on this build at the moment."""


class StorageError(InvalidInput):
    """A folder cannot be written or the disk is full."""


class MissingTool(BuilderError):
    """A required package or system library is absent or broken."""

    exit_code = EXIT_BROKEN


class NothingFits(BuilderError):
    """No model fits the budget, or none passes the gate."""

    exit_code = EXIT_NOTHING_FITS


class PartlyFailed(BuilderError):
    """Some builds of a batch failed; the others are done."""

    exit_code = EXIT_PARTLY_FAILED


class Interrupted(BuilderError):
    """Stopped by the user; the message says how to go on."""

    exit_code = EXIT_INTERRUPTED


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint such as ` Did you mean "alpha"?`, or an empty string when nothing is near."""
    matches = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f' Did you mean "{matches[0]}"?' if matches else ""
