"""A record's file in lines: the head, then one cell each, so that nobody has to hold the text of many thousand cells at once.

The first line is `{"format": 1, ..., "cells": [`, then one such as `{"number": 1, ...},` for each cell, then `]}`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

FIRST_END, LAST = b', "cells": [\n', b"]}\n"


def written(head: Mapping[str, Any], cells: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The lines, without their ends; together they are one JSON object.

    Args:
        head: what is said of the whole batch, plain JSON values.
        cells: the same of each cell.

    Example:
        >>> list(written({"id": "0a"}, [{"number": 1}, {"number": 2}]))
        ['{"id": "0a", "cells": [', '{"number": 1},', '{"number": 2}', ']}']
    """
    line = f'{json.dumps(head)[:-1]}, "cells": ['
    comma = ""
    for cell in cells:
        yield line + comma
        line, comma = json.dumps(cell), ","
    yield line
    yield "]}"


def parts(file: IO[bytes], bytes_max: int) -> Iterator[bytes]:
    """The head as a JSON object without cells, then each cell as one.

    Args:
        file: open at its start.
        bytes_max: a larger file is none that was written here.

    Raises:
        ValueError: it is written in another way, or is not whole; what came before need not be right.
    """
    if os.fstat(file.fileno()).st_size > bytes_max:
        raise ValueError("too large")
    head = file.readline()
    if not head.endswith(FIRST_END):
        raise ValueError("no head")
    yield head + LAST
    ended_by_comma: bool | None = None  # None before the first cell
    for line in file:
        if line == LAST:
            break
        if ended_by_comma is False:
            raise ValueError("no comma")
        ended_by_comma = line.endswith(b",\n")
        yield line[:-2] if ended_by_comma else line
    else:
        raise ValueError("no end")
    if ended_by_comma or file.read(1):
        raise ValueError("no end")
