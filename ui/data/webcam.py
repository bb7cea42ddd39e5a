"""Photos from the webcam, class by class."""

from __future__ import annotations

import base64
import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import streamlit as st
from PIL import Image

from builder import uploads
from builder.errors import BuilderError
from builder.formats import counted, format_count
from builder.uploads import PhotoSet, webcam
from ui import parts, session
from ui.data import burst, chosen

SET, PROBLEM, TURN = "data-webcam-set", "data-webcam-problem", "data-webcam-turn"
CLASS, NEXT = "data-webcam-class", "data-webcam-next"  # the widget's own key, and what it shall show when it is drawn again
NEW, RENAMED, OTHER_WAY = "data-webcam-new", "data-webcam-renamed", "data-webcam-other-way"
SHOWN, SIDE = 24, 96
WANTED = 30  # photos a class, from which training is worth a try


def show() -> None:
    """The set, its classes, the camera."""
    found = opened()
    if found is None:
        begin()
    else:
        classes(found.data)


def opened() -> PhotoSet | None:
    """The set that is being filled: the chosen one, else the one that was opened last."""
    for data in (session.choice().data, st.session_state.get(SET, "")):
        found = uploads.set_of(data) if data else None
        if found is not None and found.kind == "webcam":
            st.session_state[SET] = found.data
            return found
    return None


def begin() -> None:
    """A new set, or an old one to go on with."""
    st.write("Point the webcam at one kind of thing after the other: name a class, take photos of it, go on with the next.")
    with st.form("webcam-new", border=False):
        title = st.text_input("Name of the new set", value="Webcam photos", max_chars=80)
        made = st.form_submit_button("Make the set", type="primary", icon=":material/add_a_photo:")
    if made:
        try:
            st.session_state[SET] = webcam.create(title).data
        except BuilderError as error:
            parts.problem(error)
            return
        st.rerun()
    old = [each for each in uploads.photo_sets() if each.kind == "webcam"]
    for each in old[:5]:
        if st.button(f"Go on with {parts.literal(each.title)}", key=f"go-on-{each.folder.name}"):
            st.session_state[SET] = each.data
            st.rerun()


@st.fragment
def classes(data: str) -> None:
    """Everything about one set; it alone is repainted while photos come in."""
    photo_set = None
    with contextlib.suppress(BuilderError):  # there is no place for sets any more
        photo_set = uploads.set_of(data)
    if photo_set is None:
        parts.caution("This set was deleted. Choose another way to photos above.")
        return
    held = webcam.classes(photo_set)
    st.markdown(f"Set: **{parts.literal(photo_set.title)}**")
    add(photo_set)
    with st.container():  # always there: what stands below keeps its place, and a camera that runs goes on
        if problem := st.session_state.pop(PROBLEM, ""):
            parts.problem(problem)
    if not held:
        st.info("Add the first class: what the photos will show, such as *open hand*.", icon=":material/label:")
        leave(photo_set, held)
        return
    if st.session_state.get(NEXT) in held:
        st.session_state[CLASS] = st.session_state.pop(NEXT)
    if st.session_state.get(CLASS) not in held:
        st.session_state[CLASS] = next(iter(held))
    current = st.radio(
        "Class to photograph",
        list(held),
        key=CLASS,
        horizontal=True,
        format_func=lambda name: parts.literal(name, 40),  # no counts here: a label that changes loses the choice
    )
    parts.meters(*(parts.meter(name, format_count(len(photos)), share=share(photos)) for name, photos in held.items()))
    left, right = st.columns(2, gap="large")
    with left:
        camera(photo_set, current)
    with right:
        one_class(photo_set, current, held[current])
    leave(photo_set, held)


def share(photos: list[Path]) -> float:
    """How far a class is from being worth a try."""
    return min(1.0, len(photos) / WANTED)


def add(photo_set: PhotoSet) -> None:
    """Another class."""

    def added() -> None:
        st.session_state[NEXT] = webcam.add_class(photo_set, st.session_state[NEW])

    with st.form("webcam-class", border=False, clear_on_submit=True):
        words, button = st.columns([3, 1], vertical_alignment="bottom")
        words.text_input("New class", max_chars=200, placeholder="open hand", key=NEW)
        button.form_submit_button("Add", icon=":material/add:", width="stretch", on_click=attempt, args=(added,))


def attempt(act: Callable[[], object]) -> None:
    """Does what a button asks for, before the page is drawn again; a refusal is told there."""
    try:
        act()
    except BuilderError as error:
        st.session_state[PROBLEM] = str(error)


def camera(photo_set: PhotoSet, current: str) -> None:
    """The camera, and Streamlit's own for browsers where ours does not run."""

    def take(batch: burst.Batch) -> None:
        attempt(lambda: webcam.add_photos(photo_set, batch.label, batch.photos, burst.KINDS))

    turn = st.session_state.get(TURN, 0)

    def one() -> None:
        photo = st.session_state[f"webcam-one-{turn}"]
        st.session_state[TURN] = turn + 1  # another key: the widget is empty again, and drops the photo
        if photo is not None:
            attempt(lambda: webcam.add_photos(photo_set, current, [photo.getvalue()]))

    def refused(words: str) -> None:
        st.session_state[PROBLEM] = words

    burst.show(current, f"burst-{photo_set.folder.name}", take, refused)
    with st.expander("Another way to take one photo", key=OTHER_WAY, on_change="rerun"):
        if st.session_state.get(OTHER_WAY):  # drawn only then: two cameras at once are one too many for some
            st.camera_input("Take one photo", key=f"webcam-one-{turn}", on_change=one)


def one_class(photo_set: PhotoSet, name: str, photos: list[Path]) -> None:
    """The photos of the class that is open, the newest first, and what can be done with them."""
    count = len(photos)
    more = f", {counted(WANTED - count, 'more is', 'more are')} a start" if count < WANTED else ""
    st.markdown(f"**{parts.literal(name)}**: {counted(count, 'photo')}{more}")
    pictures = "".join(small(str(path), number) for number, path in enumerate(reversed(photos[-SHOWN:]), 1))
    if pictures:
        st.html(f'<div class="mb-taken">{pictures}</div>')
    last, everything = st.columns(2)
    last.button(
        "Delete the last",
        disabled=not photos,
        icon=":material/undo:",
        width="stretch",
        on_click=attempt,
        args=(lambda: webcam.delete_photos(photo_set, name, last=1),),
    )
    with everything.popover("Delete all", disabled=not photos, width="stretch"):
        st.write(f"All {format_count(count)} photos of this class?")
        st.button("Yes, delete them", on_click=attempt, args=(lambda: webcam.delete_photos(photo_set, name),))
    with st.popover("Rename or delete this class", width="stretch"):
        with st.form("webcam-rename", border=False):
            st.text_input("New name", value=name, max_chars=200, key=f"{RENAMED}-{name}")
            st.form_submit_button("Rename", on_click=attempt, args=(lambda: rename(photo_set, name),))
        st.button(
            "Delete the class and its photos",
            icon=":material/delete:",
            on_click=attempt,
            args=(lambda: webcam.delete_class(photo_set, name),),
        )


def rename(photo_set: PhotoSet, old: str) -> None:
    """Renames the class as the visitor wrote, and keeps it open."""
    st.session_state[NEXT] = webcam.rename_class(photo_set, old, st.session_state[f"{RENAMED}-{old}"])


def leave(photo_set: PhotoSet, held: dict[str, list[Path]]) -> None:
    """On to the report, or to another set."""
    ready = sum(bool(photos) for photos in held.values()) >= 2
    use, other = st.columns(2)
    if use.button("Look at these photos", type="primary", icon=":material/fact_check:", disabled=not ready, width="stretch"):
        chosen.choose(photo_set.data)
        st.rerun()
    if other.button("Another set", icon=":material/library_add:", width="stretch"):
        st.session_state.pop(SET, None)
        chosen.open_tool(chosen.CAMERA)
        if session.choice().data == photo_set.data:
            chosen.choose("")
        st.rerun()
    if not ready:
        st.caption("A classifier needs at least two classes with photos.")


@st.cache_data(max_entries=2000, show_spinner=False)
def small(path: str, number: int) -> str:
    """A photo as HTML that carries a small copy of it."""
    try:
        with Image.open(path, formats=tuple(webcam.ENDINGS)) as image:
            image.draft("RGB", (SIDE, SIDE))
            image.thumbnail((SIDE, SIDE))
            file = io.BytesIO()
            image.convert("RGB").save(file, "JPEG", quality=75)
    except OSError:
        return ""
    return f'<img src="data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}" alt="photo {number}">'
