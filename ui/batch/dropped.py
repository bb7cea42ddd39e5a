"""A batch's YAML file, dropped onto the page in the form's place. It comes from anybody: it is small, and names no other file."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from builder.batch.file import DEPTH, VALUES_MAX, Batch
from builder.errors import BuilderError, ConfigError
from builder.formats import format_bytes
from builder.yaml_files import count, mapping_of
from ui import parts
from ui.data import arriving, memory

DROPPED, TURN = "batch-dropped", "batch-dropped-turn"
BYTES_MAX = 256 * 1024  # some 10,000 lines; reading YAML is slow, and other visitors wait meanwhile
UPLOAD_MIB_MAX = 1
EXCLUDED_MAX = 400


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was dropped: the batch, or why it is none."""

    name: str
    batch: Batch | None = None
    problem: str = ""


def show() -> None:
    """The place to drop the file on, and which one is taken."""
    turn = st.session_state.get(TURN, 0)
    given = st.file_uploader(
        "A batch as YAML",
        type=["yaml", "yml"],
        max_upload_size=UPLOAD_MIB_MAX,
        key=f"batch-file-{turn}",
        help="The same file that `builder batch` takes on the command line.",
    )
    if problem := arriving.refusal():
        parts.problem(problem)
    if given is not None:
        with arriving.content(given) as file:
            content = file.read(BYTES_MAX + 1)
        memory.forget([given])
        st.session_state[DROPPED] = read(given.name, content)
        st.session_state[TURN] = turn + 1  # a new key lets the widget forget the file
        st.rerun()
    kept = st.session_state.get(DROPPED)
    if isinstance(kept, Dropped):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/description: **{parts.literal(kept.name)}**")
            st.button("Take it away", icon=":material/close:", key="batch-file-away", on_click=take_away)


def take_away() -> None:
    """Forgets the file."""
    st.session_state.pop(DROPPED, None)


def read(name: str, content: bytes) -> Dropped:
    """Reads what was dropped; whatever is wrong with it is kept as words.

    Args:
        name: of the file on the visitor's machine.
        content: its bytes, at most one more than are taken.
    """
    try:
        return Dropped(name, batch=batch_of(name, content))
    except BuilderError as error:
        return Dropped(name, problem=str(error))


def batch_of(name: str, content: bytes) -> Batch:
    """The batch in a file.

    Raises:
        ConfigError: it is too large, no text, no batch, or names a file of settings.
    """
    if len(content) > BYTES_MAX:
        raise ConfigError(
            f"{name} has more than {format_bytes(BYTES_MAX)}, and this page takes no larger ones. Run it with `builder batch`."
        )
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise ConfigError(f"{name} is no YAML file: it holds no UTF-8 text.") from None
    values = mapping_of(text, name, depth=DEPTH, values=VALUES_MAX, example="grid: {alpha: [0.25, 0.5]}")
    if not values:
        raise ConfigError(f"{name} is empty. A batch needs a grid, such as `grid: {{alpha: [0.25, 0.5]}}`.")
    if isinstance(values.get("base"), str):
        raise ConfigError(f"{name}: base names a file, which is not here. Write the settings themselves below base.")
    if count(values.get("exclude"), DEPTH, EXCLUDED_MAX) > EXCLUDED_MAX:
        raise ConfigError(
            f"{name}: exclude has more than {EXCLUDED_MAX} values, each of which is held against every build, and other visitors "
            "would wait meanwhile. Run it with `builder batch`."
        )
    try:
        return Batch(**values)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None


def batch() -> Batch | None:
    """The batch that was dropped; None without one.

    Raises:
        ConfigError: the file is no batch.
    """
    kept = st.session_state.get(DROPPED)
    if not isinstance(kept, Dropped):
        return None
    if kept.problem:
        raise ConfigError(kept.problem)
    return kept.batch
