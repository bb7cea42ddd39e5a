"""Plain JSON values of whatever a report is made from."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

# Half characters, which Python makes of bytes in a file name that are no UTF-8; no file could hold them.
UNENCODABLE = re.compile("[\ud800-\udfff]")


def plain(value: Any) -> Any:
    """Plain JSON values of anything a report may hold: numbers that are not finite become null, NumPy scalars plain ones."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return UNENCODABLE.sub("\ufffd", value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, PurePath):
        return str(value)
    if hasattr(value, "tolist"):  # NumPy's scalars and arrays, without importing NumPy
        return plain(value.tolist())
    raise TypeError(f"a report cannot hold a {type(value).__name__}")
