"""The camera of the browser: a component that takes photos in bursts and hands them over in small batches."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from builder.errors import DataError

HERE = Path(__file__).parent
PHOTOS_MAX = 8  # a batch; the browser sends four
TEXT_MAX = 4 * 1024**2  # base64 characters of one photo; the browser's have some 100,000
ID_LENGTH_MAX = 64
KINDS = ("JPEG",)  # what the browser's side of it sends
RECEIVED = "data-burst-received"

component = st.components.v2.component(
    "mobilenet_builder_burst",
    html=(HERE / "burst.html").read_text(encoding="utf-8"),
    css=(HERE / "burst.css").read_text(encoding="utf-8"),
    js=(HERE / "burst.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Photos that came together, and the class that was open when they were taken."""

    id: str
    label: str
    photos: tuple[bytes, ...]


def show(label: str, key: str, take: Callable[[Batch], None], refused: Callable[[str], None]) -> None:
    """The camera.

    Args:
        label: the class that photos go to.
        key: of the component; a set has its own.
        take: called with each batch once, before the page is drawn again.
        refused: called with words where what came is no batch.
    """

    def came() -> None:
        sent = st.session_state[key].get("photos")
        if sent is None:
            return
        try:
            batch = read_batch(sent)
        except DataError as error:
            refused(str(error))
            return
        if batch.id != st.session_state.get(RECEIVED):  # else the browser was told late and sent it twice
            st.session_state[RECEIVED] = batch.id
            take(batch)

    component(key=key, data={"label": label, "received": st.session_state.get(RECEIVED, "")}, on_photos_change=came)


def read_batch(sent: Any) -> Batch:
    """What a browser sent, checked: anybody can send anything.

    Raises:
        DataError: it is no batch of photos.
    """
    wrong = DataError("The photos from the browser came in a form that cannot be read. Reload the page and take them again.")
    if not isinstance(sent, dict):
        raise wrong
    name, label, photos = sent.get("id"), sent.get("label"), sent.get("photos")
    if not isinstance(name, str) or not isinstance(label, str) or not isinstance(photos, list):
        raise wrong
    if not 0 < len(name) <= ID_LENGTH_MAX or len(photos) > PHOTOS_MAX:
        raise wrong
    contents = []
    for text in photos:
        if not isinstance(text, str) or len(text) > TEXT_MAX:
            raise wrong
        try:
            contents.append(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            raise wrong from None
    return Batch(name, label, tuple(contents))
