"""report.json: written whole, read strictly.

Keys that this version does not know are passed over, so that a newer builder may add some; a missing key, a wrong type or
a newer format is an error that names the file and the place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder.errors import InvalidInput
from builder.report.model import FORMAT, BuildReport

if TYPE_CHECKING:
    from pydantic import TypeAdapter

# What every reader of `predicted` may rely on: the shape of `plan --json`.
PREDICTED_KEYS = ("alpha", "rho", "resolution", "classes", "channels", "parameters", "keras_parameters", "multiply_adds")

# A list of numbers that json.dumps spread over lines. No quote inside, and a raw line end at its start: never part of a string.
SPREAD_NUMBERS = re.compile(r'\[\n\s*([-\d][^\[\]{}"]*?)\n\s*\]')


def report_text(report: BuildReport) -> str:
    """The content of report.json: indented, with one line for each row of numbers."""
    text = json.dumps(report.to_json(), indent=2, ensure_ascii=False, allow_nan=False)
    return SPREAD_NUMBERS.sub(lambda row: "[" + " ".join(row.group(1).split()) + "]", text) + "\n"


@lru_cache(maxsize=1)
def adapter() -> TypeAdapter[BuildReport]:
    """Checks types; made once, since pydantic takes some 10 ms for it."""
    from pydantic import TypeAdapter

    return TypeAdapter(BuildReport)


def from_json(values: Any, source: str = "the report") -> BuildReport:
    """Reads a report from plain JSON values.

    Args:
        values: what `BuildReport.to_json` gives.
        source: what to call it in an error message, usually the file's name.

    Raises:
        InvalidInput: something is missing or of a wrong type, or the format is newer than this program.
    """
    from pydantic import ValidationError

    if not isinstance(values, dict):
        raise damaged(source, f"it holds a {type(values).__name__} where a mapping is needed")
    version = values.get("format")
    if isinstance(version, int) and version > FORMAT:
        raise InvalidInput(
            f"{source} is in format {version}, and this builder reads up to format {FORMAT}: read it with the builder that "
            "wrote it, or a newer one."
        )
    try:
        report = adapter().validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        raise damaged(source, "; ".join(complaint(problem) for problem in error.errors()[:5])) from None
    missing = [key for key in PREDICTED_KEYS if key not in report.predicted]
    if version is None or missing:
        raise damaged(source, ", ".join(["format"] * (version is None) + [f"predicted.{key}" for key in missing]) + " is missing")
    return report


def complaint(problem: Mapping[str, Any]) -> str:
    """One of pydantic's complaints, such as `measured.keras.accuracy is missing`."""
    place = ".".join(str(part) for part in problem["loc"]) or "the report"
    if problem["type"] == "missing":
        return f"{place} is missing"
    message = problem["msg"]
    return f"{place}: {message[0].lower()}{message[1:]}"


def damaged(source: str, what: str) -> InvalidInput:
    """The error for a report that cannot be read."""
    return InvalidInput(f"{source} is damaged: {what}. Build again with --force, or restore the file from a copy.")


def read_report(path: Path) -> BuildReport:
    """Reads report.json.

    Args:
        path: the file, or the build's folder.

    Raises:
        InvalidInput: there is no such file, it is no JSON, or something in it is missing or of a wrong type.
    """
    path = path / "report.json" if path.is_dir() else path
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidInput(f"There is no report at {path}: a build writes it last, when everything else is done.") from None
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read ({error.strerror}).") from None
    except (ValueError, RecursionError) as error:
        raise damaged(str(path), f"it is not valid JSON ({error})") from None
    return from_json(values, source=str(path))
