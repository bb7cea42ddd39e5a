"""Try it: one photo through the very files that a device runs, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from builder.errors import BuilderError
from builder.formats import format_bytes, format_latency, format_percent, printable
from builder.outcomes import path_of
from builder.outcomes.pictures import png
from builder.verify.comparing import PHOTO_BYTES_MAX, Compared, Opinion, compare
from ui import finished, navigation, parts
from ui.data import arriving
from ui.finished import Finished

PURPOSE = "A finished build's files can be tried here on a photo, the webcam, or its own test photos."
UPLOAD_MIB_MAX = PHOTO_BYTES_MAX // 1024**2
ENDINGS = ["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff", "heic", "heif", "avif"]
FILES_MAX = 3  # side by side
SHOWN_SIDE = 240  # px of the picture
FILE, WEBCAM, TEST = "A file", "The webcam", "Test photos of this build"


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo to try: the bytes of its file, and what it is of where that is known."""

    content: bytes
    is_of: str = ""


def show() -> None:
    """The whole page below its title."""
    build = finished.chosen(PURPOSE)
    if build is None:
        return
    try:
        show_build(build)
    except OSError as error:  # its folder may be deleted while it is shown
        parts.problem(f"{build.title} cannot be read any more ({error.strerror}).")


def show_build(build: Finished) -> None:
    """Files, a photo, and what they say about it."""
    sound = [name for name in build.report.measured.variants if name not in build.changed]
    if build.changed:
        left_out = ", ".join(build.report.measured.variants[name].file for name in build.changed)
        parts.caution(f"Missing or no longer what was verified, so not tried: {left_out}. Build it again with --force.")
    if not sound:
        return
    names = st.multiselect(
        "Files to compare",
        sound,
        default=usual(build, sound),
        max_selections=FILES_MAX,
        placeholder="Choose at least one",
        key=f"try-files-{build.run.id}",
    )
    photo = chosen_photo(build)
    if not names:
        st.info("Choose at least one file to try.", icon=":material/info:")
    elif photo is not None:
        answer(build, names, photo)
    navigation.link("result", "Back to the result")


def usual(build: Finished, sound: Sequence[str]) -> list[str]:
    """The file to take, with the float32 file beside it."""
    wanted = dict.fromkeys((build.hero or "", "float32"))
    return [name for name in wanted if name in sound] or list(sound[:1])


def chosen_photo(build: Finished) -> Photo | None:
    """The photo, from wherever the visitor takes it; None as long as there is none."""
    said = build.outcomes
    offered = [FILE, WEBCAM, *([TEST] if said is not None and said.pictured else [])]
    place = st.segmented_control(
        "Photo from", offered, default=offered[-1] if TEST in offered else FILE, required=True, key="try-place"
    )
    if place == TEST and said is not None and said.pictured:
        kept = [photo for photo in said.pictured if path_of(build.run.folder, photo).is_file()]
        number = st.selectbox(
            "Test photo",
            kept,
            format_func=lambda photo: f"{printable(said.is_of(photo), 40) or '(no name)'} · {printable(said.names[photo], 60)}",
            key=f"try-test-{build.run.id}",
        )
        return None if number is None else Photo(path_of(build.run.folder, number).read_bytes(), said.is_of(number))
    if place == WEBCAM:
        taken = st.camera_input("Take a photo", key="try-webcam")
        return None if taken is None else Photo(taken.getvalue())
    given = st.file_uploader(
        "A photo", type=ENDINGS, max_upload_size=UPLOAD_MIB_MAX, key="try-file", help="It is not kept: only these files see it."
    )
    if problem := arriving.refusal():
        parts.problem(problem)
    return None if given is None else Photo(given.getvalue())


def answer(build: Finished, names: Sequence[str], photo: Photo) -> None:
    """What the files say, side by side, beside what they saw."""
    hashes = tuple(build.report.measured.variants[name].sha256 for name in names)
    try:
        with st.spinner("Looking…"):
            compared = compared_once(tuple(str(build.path(name)) for name in names), hashes, photo.content)
    except BuilderError as error:
        parts.problem(error)
        return
    picture, *columns = st.columns([1, *[1.4] * len(names)], gap="medium")
    with picture:
        height, width = compared.pixels.shape[:2]
        st.image(png(compared.pixels), caption=f"What the files see: {width} × {height} px", width=SHOWN_SIDE)
        if photo.is_of:
            st.caption(f"It is: **{parts.literal(photo.is_of)}**")
    for column, name, opinion in zip(columns, names, compared.opinions, strict=True):
        with column, st.container(border=True):
            made = build.report.measured.variants[name]
            st.html(
                opinion_html(
                    made.file, opinion, f"{format_latency(opinion.latency_ms)} · {format_bytes(made.flash_bytes)}", photo.is_of
                )
            )
    if len(names) > 1:
        remark(names, compared)


@st.cache_data(max_entries=24, ttl="10m", show_spinner=False)
def compared_once(paths: tuple[str, ...], hashes: tuple[str, ...], photo: bytes) -> Compared:
    """The answers, kept for a while and as long as the files are the same: other widgets of the page run it again."""
    del hashes  # part of the key only
    return compare(paths, photo)


def opinion_html(file: str, opinion: Opinion, note: str, is_of: str) -> str:
    """One file's answer and its bars, as HTML."""
    top = opinion.top
    judged = "" if not is_of else " ✓ right" if top.label == is_of else " ✕ wrong"
    bars = "".join(bar(each.label, each.score) for each in opinion.labels)
    return (
        f'<div class="mb-label">{parts.escaped(file)}{judged}</div><div class="mb-value">{parts.escaped(top.label)} '
        f'({format_percent(top.score)})</div><div class="mb-note">{parts.escaped(note)}</div><div class="mb-answers">{bars}</div>'
    )


def bar(label: str, score: float) -> str:
    """A label with the bar of its score."""
    percent = min(max(score, 0.0), 1.0) * 100
    name = parts.escaped(label)
    return (
        f'<div class="mb-answer"><div><span>{name}</span><span>{format_percent(score)}</span></div>'
        f'<div class="mb-track" role="meter" aria-label="{name}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent:.0f}"><div class="mb-fill mb-good" style="width:{percent:.1f}%"></div></div></div>'
    )


def remark(names: Sequence[str], compared: Compared) -> None:
    """Whether the files agree."""
    tops = {opinion.top.label for opinion in compared.opinions}
    shown = ", ".join(parts.literal(name) for name in names)
    if len(tops) == 1:
        scores = [opinion.top.score for opinion in compared.opinions]
        apart = (max(scores) - min(scores)) * 100
        st.success(f"Same label from {shown}; their scores are {apart:.1f} points apart.", icon=":material/check_circle:")
    else:
        st.warning(f"{shown} do not agree on this photo.", icon=":material/call_split:")
    st.caption(
        "Latency: the median of a few runs on this machine, on one thread. A device takes another time: see the design page."
    )
