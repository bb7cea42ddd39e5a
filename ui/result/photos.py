"""Photos that were named wrongly, and photos whose label an integer file changed."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from builder.formats import format_percent
from builder.outcomes import Answer, Outcomes, path_of
from builder.outcomes.model import INTEGER
from ui import parts
from ui.finished import Finished

SHOWN_FIRST = 24
SIDE_MAX = 160  # px of a picture on the page
PICTURE_BYTES_MAX = 16 * 1024**2
NETWORK = "network"


def show(build: Finished) -> None:
    """Both galleries, or why there are none."""
    if build.outcomes_problem:
        parts.caution(f"What was said about each photo cannot be shown. {build.outcomes_problem}")
        return
    if build.outcomes is None:
        st.info(
            "This build was made before photos were kept. Build it again with --force to see what it got wrong.",
            icon=":material/history:",
        )
        return
    mistakes(build, build.outcomes)
    changes(build, build.outcomes)


def mistakes(build: Finished, said: Outcomes) -> None:
    """Photos that the network or a file named wrongly."""
    st.markdown("#### Photos it got wrong")
    hero = build.hero
    offered = [name for name in (hero, *said.variants) if name in said.variants]
    offered = [*dict.fromkeys(offered), NETWORK]
    who = st.segmented_control(
        "According to", offered, default=offered[0], format_func=called, required=True, key=f"wrong-by-{build.run.id}"
    )
    photos = said.wrong(who)
    if not photos:
        st.success(f"{parts.literal(called(who).capitalize())} named every test photo rightly.", icon=":material/check_circle:")
        return
    st.caption(f"{len(photos):,} of {len(said):,} test photos, the most confident mistake first.")

    def words(photo: int) -> str:
        return f"<b>is: {name_of(said.is_of(photo))}</b><br>said: {told(said.answer(who, photo))}"

    gallery(build, said, photos, words, key="wrong")


def changes(build: Finished, said: Outcomes) -> None:
    """Photos whose label changed between the network and an integer file."""
    offered = [name for name in INTEGER if name in said.variants]
    if not offered:
        return
    st.markdown("#### Photos whose label int8 changed")
    variant = offered[0]
    if len(offered) > 1:
        variant = st.segmented_control("By the file", offered, default=variant, required=True, key=f"changed-by-{build.run.id}")
    photos = said.changed(variant)
    if not photos:
        st.success(
            f"{variant} names every test photo as the trained network does.".replace("_", "\\_"), icon=":material/check_circle:"
        )
        return
    st.caption(
        f"{len(photos):,} of {len(said):,} test photos: what the trained network said, then what {parts.literal(variant)} says."
    )

    def words(photo: int) -> str:
        before, after = said.answer(NETWORK, photo), said.answer(variant, photo)
        return f"<b>is: {name_of(said.is_of(photo))}</b><br>{told(before)}<br>→ {told(after)}"

    gallery(build, said, photos, words, key="changed")


def called(who: str) -> str:
    """The network or a variant in words; the underscore is no markup."""
    return "the trained network" if who == NETWORK else who.replace("_", "\\_")


def name_of(label: str) -> str:
    """A class's name, escaped and short enough for a caption."""
    return parts.escaped(label, 40)


def told(answer: Answer | None) -> str:
    """An answer with its score."""
    return "–" if answer is None else f"{name_of(answer.label)} ({format_percent(answer.score, 0)})"


def gallery(build: Finished, said: Outcomes, photos: Sequence[int], words: Callable[[int], str], key: str) -> None:
    """Pictures with words below, as many as a look takes in; the rest at a click."""
    kept = set(said.pictured)
    pictured = [photo for photo in photos if photo in kept]
    shown = pictured
    if len(pictured) > SHOWN_FIRST and not st.toggle(f"Show all {len(pictured):,} pictures", key=f"all-{key}-{build.run.id}"):
        shown = pictured[:SHOWN_FIRST]
    st.html(f'<div class="mb-gallery">{"".join(figure(build.run.folder, said, photo, words) for photo in shown)}</div>')
    if len(pictured) < len(photos):
        st.caption(f"Pictures were kept of {len(pictured):,} of these {len(photos):,} photos.")


def figure(folder: Path, said: Outcomes, photo: int, words: Callable[[int], str]) -> str:
    """One photo with its words, as HTML."""
    name = parts.escaped(said.names[photo], 200)
    source = picture(folder, photo)
    image = f'<img src="{source}" alt="Test photo {name}">' if source else '<div class="mb-missing">no picture</div>'
    return f'<figure title="{name}">{image}<figcaption>{words(photo)}</figcaption></figure>'


def picture(folder: Path, photo: int) -> str:
    """A kept picture as the page holds it."""
    return data_of(path_of(folder, photo))


def data_of(path: Path) -> str:
    """A PNG file as the page holds it, reduced where it is large; empty where it is missing or damaged."""
    try:
        stat = path.stat()
        return "" if stat.st_size > PICTURE_BYTES_MAX else data_address(str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino)
    except OSError:
        return ""


@st.cache_data(max_entries=400, show_spinner=False)
def data_address(path: str, *changed: int) -> str:
    """A PNG file as an address that holds it, kept as long as its time, size and place on disk are the same."""
    del changed  # part of the key only
    from PIL import Image

    try:
        with Image.open(path, formats=["PNG"]) as image:
            image.thumbnail((SIDE_MAX, SIDE_MAX))
            content = io.BytesIO()
            image.convert("L" if image.mode == "L" else "RGB").save(content, "PNG")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"
