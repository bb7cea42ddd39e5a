"""Tables as HTML: readable by screen readers, and scrolled sideways by themselves where the page is narrow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from ui import parts

CELL_LENGTH_MAX = 300


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, strong: int | None = None) -> None:
    """A table; every text is escaped here. The first cell of a row is its heading.

    Args:
        caption: what it shows, above it.
        head: of the columns.
        rows: cells by row.
        strong: number of the row to set off from the others.
    """
    heads = "".join(f'<th scope="col">{parts.escaped(each)}</th>' for each in head)
    body = "".join(line(row, number == strong) for number, row in enumerate(rows))
    st.html(
        f'<div class="mb-scroll"><table class="mb-files mb-result"><caption>{parts.escaped(caption, CELL_LENGTH_MAX)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def line(row: Sequence[str], strong: bool) -> str:
    """A row."""
    first, *others = row
    cells = "".join(f"<td>{parts.escaped(cell, CELL_LENGTH_MAX) if cell else ''}</td>" for cell in others)
    return f'<tr{" class=mb-shown" if strong else ""}><th scope="row">{parts.escaped(first)}</th>{cells}</tr>'
