"""The pages, in the order of the work, and how to get from one to another."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import streamlit as st

from ui import session

# The browser's tab; a sign of Streamlit's own would be fetched from another server.
ICON = Path(__file__).with_name("icon.svg")

# File below ui/pages, title, icon. The file's name is the page's address.
PAGES = (
    ("design", "Design", ":material/tune:"),
    ("data", "Data", ":material/photo_library:"),
    ("train", "Train", ":material/model_training:"),
    ("batch", "Batch", ":material/grid_view:"),
    ("result", "Result", ":material/task_alt:"),
    ("try", "Try it", ":material/center_focus_strong:"),
    ("builds", "Builds", ":material/inventory_2:"),
)


ICONS = {name: icon for name, _, icon in PAGES}


def pages() -> list[Any]:
    """What `st.navigation` takes."""
    return [st.Page(path(name), title=title, icon=icon, url_path=name, default=name == PAGES[0][0]) for name, title, icon in PAGES]


def path(name: str) -> str:
    """A page's file, as Streamlit names it: below app.py."""
    return f"ui/pages/{name}.py"


def go(name: str, **changes: Any) -> NoReturn:
    """Opens a page, with changes to the choice."""
    if changes:
        session.change(**changes)
    st.switch_page(path(name))


def link(name: str, label: str, icon: str | None = None) -> None:
    """A link to a page; the choice goes along."""
    st.page_link(path(name), label=label, icon=icon or ICONS[name])
