"""Pieces that several pages are made of. What a person or a file named passes through `literal` or `escaped` on its way here."""

from __future__ import annotations

import html
import re
from pathlib import Path

import streamlit as st

from builder.formats import printable
from ui import navigation, session

STYLE = Path(__file__).with_name("style.css")
NAME_LENGTH_MAX = 80
MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:$<>&\"'])")


def page_title(title: str, words: str = "", *, refusal: bool = True) -> None:
    """The page's heading, with the refusal of the last change below it, where there is one and the page does not show it itself."""
    st.html(STYLE)  # a file with the ending .css becomes a style element
    st.title(title, anchor=False)
    if words:
        st.caption(words)
    if refusal and session.refusal():
        problem(session.refusal())


def literal(text: str, limit: int = NAME_LENGTH_MAX) -> str:
    """Text for a label, an option or Markdown: shown as it is, nothing in it is markup."""
    return MARKDOWN.sub(r"\\\1", printable(text, limit)) or "(no name)"


def escaped(text: str, limit: int = NAME_LENGTH_MAX) -> str:
    """Text for HTML."""
    return html.escape(printable(text, limit)) or "(no name)"


def problem(error: object) -> None:
    """An error in words; what it names is not taken for markup."""
    st.error(literal(str(error), 2000), icon=":material/error:")


def caution(words: str) -> None:
    """Something to look at."""
    st.warning(literal(words, 2000), icon=":material/warning:")


def nothing_here(title: str, words: str, page: str, label: str) -> None:
    """An empty page: what will stand here, and the way there."""
    with st.container(border=True):
        st.subheader(title, anchor=False)
        st.write(words)
        navigation.link(page, label)


def meter(label: str, value: str, *, share: float | None = None, note: str = "", state: str = "") -> str:
    """A figure with the bar of its budget, as HTML.

    Args:
        label: what it is; this and the other texts are escaped here.
        value: the figure.
        share: of the budget that it takes; above 1 it does not fit; None has no bar.
        note: a line below, such as `of 320 KiB, 44 % left`.
        state: `good`, `bad` or empty.
    """
    bar = ""
    if share is not None:
        percent = min(max(share, 0.0), 1.0) * 100
        level = "bad" if share > 1 else "good"
        bar = (
            f'<div class="mb-track" role="meter" aria-label="{escaped(label)} of its budget" aria-valuemin="0" '
            f'aria-valuemax="100" aria-valuenow="{percent:.0f}"><div class="mb-fill mb-{level}" style="width:{percent:.1f}%">'
            "</div></div>"
        )
    below = f'<div class="mb-note">{escaped(note, 200)}</div>' if note else ""
    return (
        f'<div class="mb-meter mb-{state or "plain"}"><div class="mb-label">{escaped(label)}</div>'
        f'<div class="mb-value">{escaped(value)}</div>{bar}{below}</div>'
    )


def meters(*each: str) -> None:
    """Figures side by side, as many as the width holds; one element, so that they are repainted together."""
    st.html(f'<div class="mb-meters">{"".join(each)}</div>')
