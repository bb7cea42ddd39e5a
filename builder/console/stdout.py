"""The terminal for answers: rich on stdout, with names kept from being markup or control sequences."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import TYPE_CHECKING, TextIO

from builder.formats import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

LOG_WIDTH = 120  # columns, where stdout is no terminal and has no width of its own


def open_console(file: TextIO | None = None) -> Console:
    """Rich on stdout or another stream."""
    from rich.console import Console

    file = file or sys.stdout
    if isinstance(file, io.TextIOWrapper) and "utf" not in file.encoding.lower():
        with contextlib.suppress(ValueError, OSError):
            file.reconfigure(errors="replace")  # a terminal without Unicode gets a question mark, not an error
    try:
        width = None if file.isatty() else LOG_WIDTH
    except ValueError:
        width = LOG_WIDTH
    return Console(file=file, width=width, highlight=False, emoji=False, soft_wrap=False)


def open_table(first: str, *others: str) -> Table:
    """A table with a text column on the left and figures on the right of it."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False, padding=(0, 1, 0, 0))
    table.add_column(first, overflow="ellipsis", no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def plain_text(text: str, style: str = "", limit: int | None = None) -> Text:
    """Text from anywhere, on one line, in which nothing is markup."""
    from rich.text import Text

    return Text(printable(text, limit), style=style)
