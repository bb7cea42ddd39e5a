"""What was found about the photos, for people."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from builder.data.examination import Examination
from builder.data.samples import SUFFIX, Sample
from builder.data.split import SPLITS
from builder.formats import format_bytes, format_count, format_percent
from ui import parts
from ui.data import balance

BAD_SHOWN = 1000


def show(found: Examination) -> None:
    """Figures, what to look at, the balance and the split, bad files, samples."""
    figures(found)
    notes(found.report.notes)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("Photos of each class", anchor=False)
        balance.show(found.classes, found.report.per_class)
    with right:
        st.subheader("The split", anchor=False)
        split(found)
    bad_files(found)
    st.subheader("A look at each class", anchor=False)
    samples(found.samples, found.folder)


def figures(found: Examination) -> None:
    """The numbers that matter."""
    report = found.report
    bad = len(report.bad)
    parts.meters(
        parts.meter("Photos", format_count(found.photos), note=format_bytes(found.total_bytes)),
        parts.meter("Classes", format_count(len(found.classes)), note=f"largest {report.imbalance:.1f} times the smallest"),
        parts.meter("Usable", format_count(report.used), note=format_percent(report.used / found.photos)),
        parts.meter("Bad files", format_count(bad), note="skipped, listed below" if bad else "none", state="bad" if bad else ""),
        parts.meter("Exact copies", format_count(report.duplicates), note="always in one split" if report.duplicates else "none"),
        parts.meter(
            "In two classes",
            format_count(report.conflicts),
            note="look which is right" if report.conflicts else "none",
            state="bad" if report.conflicts else "",
        ),
    )


def notes(said: Sequence[str]) -> None:
    """What somebody should know before training."""
    if not said:
        st.success("Nothing is wrong with these photos.", icon=":material/check_circle:")
        return
    lines = "".join(f"<li>{parts.escaped(note, 600)}</li>" for note in said)
    st.html(f'<div class="mb-verdict mb-bad"><div class="mb-said">Worth a look</div><ul>{lines}</ul></div>')


def split(found: Examination) -> None:
    """How many photos of each class train, choose and test."""
    totals = {split: sum(counts[split] for counts in found.report.per_class.values()) for split in SPLITS}
    words = {"train": "the network learns from", "validation": "the best epoch is chosen on", "test": "accuracy is reported on"}
    for name in SPLITS:
        share = totals[name] / max(1, found.report.used)
        st.markdown(f"**{name.capitalize()}** {format_count(totals[name])} ({format_percent(share)}): {words[name]}")
    st.caption("By the content of each photo: new photos never move old ones, and copies stay together.")
    rows = [{"class": name, **{split: counts[split] for split in SPLITS}} for name, counts in found.report.per_class.items()]
    with st.expander("By class"):
        st.dataframe(rows, hide_index=True, width="stretch", height=min(38 + 35 * len(rows), 380))


def bad_files(found: Examination) -> None:
    """Every file that cannot be used, and why."""
    bad = found.report.bad
    if not bad:
        return
    st.subheader("Bad files", anchor=False)
    rows: list[dict[str, Any]] = [{"file": photo.name, "why it is skipped": photo.reason} for photo in bad[:BAD_SHOWN]]
    st.dataframe(rows, hide_index=True, width="stretch", height=min(38 + 35 * len(rows), 320))
    if len(bad) > BAD_SHOWN:
        st.caption(f"and {len(bad) - BAD_SHOWN:,} more")


def samples(each: Sequence[Sample], folder: Path) -> None:
    """A few photos of each class, in rows."""
    by_class: dict[str, list[Sample]] = defaultdict(list)
    for sample in each:
        by_class[sample.label].append(sample)
    rows = []
    for label, own in by_class.items():
        pictures = "".join(picture(folder / sample.file, f"{sample.label}: {sample.name}") for sample in own)
        rows.append(f'<figure class="mb-class"><figcaption>{parts.escaped(label)}</figcaption>{pictures}</figure>')
    st.html(f'<div class="mb-samples">{"".join(rows)}</div>')


def picture(path: Path, words: str) -> str:
    """A small photo as HTML that carries it; nothing where the cache was cleared."""
    try:
        content = base64.b64encode(path.read_bytes()).decode()
    except OSError:
        return ""
    said = parts.escaped(words, 120)
    return f'<img src="data:image/{SUFFIX[1:]};base64,{content}" alt="{said}" title="{said}" loading="lazy">'
