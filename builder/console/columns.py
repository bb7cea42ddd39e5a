"""Tables whose columns are left out where there is no room for them, never squeezed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builder.console.stdout import open_table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

BETWEEN = 2  # columns of the terminal: the border between two columns of a table and the space before it


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Args:
        title: its header.
        texts: of its rows.
        goes: which ones are left out first where there is no room, 1 before 2; 0 stays whatever the width.
    """

    title: str
    texts: Sequence[str | Text]
    goes: int = 0

    @property
    def width(self) -> int:
        """Of its widest text, in columns of the terminal."""
        from rich.cells import cell_len

        return max(cell_len(str(text)) for text in (self.title, *self.texts))


def fitting(columns: Sequence[Column], width: int) -> list[Column]:
    """The columns for which there is room.

    Args:
        columns: at least one.
        width: of the terminal, in its columns.

    Example:
        >>> [column.title for column in fitting([Column("", ["1"]), Column("size", ["251.0 KiB"], goes=1)], 8)]
        ['']
    """
    kept = list(columns)
    for column in sorted((column for column in columns if column.goes), key=lambda column: column.goes):
        if sum(each.width for each in kept) + BETWEEN * (len(kept) - 1) <= width:
            break
        kept = [each for each in kept if each is not column]
    return kept


def print_columns(console: Console, columns: Sequence[Column]) -> list[str]:
    """Prints those for which there is room, and returns the titles of the others."""
    kept = fitting(columns, console.width)
    console.print(table_of(kept))
    return [column.title for column in columns if all(each is not column for each in kept)]


def table_of(columns: Sequence[Column]) -> Table:
    """A row for each text of the columns."""
    table = open_table(*(column.title for column in columns))
    for texts in zip(*(column.texts for column in columns), strict=True):
        table.add_row(*texts)
    return table
