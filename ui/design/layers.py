"""Where size, compute and RAM are, layer by layer, the largest marked."""

from __future__ import annotations

import streamlit as st

from builder.formats import format_percent
from builder.pictures import layers
from builder.pictures.pages import KINDS
from ui import parts
from ui.planned import Planned

NOTE_LENGTH_MAX = 500
LONGEST = 60  # per cent of its column; the rest is for the figure


def show(made: Planned) -> None:
    """Three bars a layer, side by side; one element."""
    plan, variant = made.plan, made.variant
    columns = [layers.size_rows(plan, variant), layers.compute_rows(plan), layers.ram_rows(plan, variant)]
    most = [max(row["value"] for row in column) for column in columns]
    heads = "".join(f"<th>{each}</th>" for each in ("Layer", f"Weights, {variant}", "Mult-adds", "RAM while it runs"))
    lines = "".join(
        f"<tr><th>{parts.escaped(each[0]['layer'])}</th>{''.join(cell(row, top) for row, top in zip(each, most, strict=True))}</tr>"
        for each in zip(*columns, strict=True)
    )
    shares = " · ".join(
        f"{KINDS[each.kind]}: {format_percent(each.multiply_adds, 0)} of the mult-adds, "
        f"{format_percent(each.parameters, 0)} of the weights"
        for each in plan.shares
        if each.kind in KINDS
    )
    st.html(
        f'<table class="mb-layers"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>'
        f'<p class="mb-note">{parts.escaped(shares, NOTE_LENGTH_MAX)}</p>'
        f'<p class="mb-note">{parts.escaped(plan.peak_note, NOTE_LENGTH_MAX)}</p>'
    )


def cell(row: dict[str, object], most: float) -> str:
    """A bar with its figure."""
    width = LONGEST * float(str(row["value"])) / (most or 1)
    level = "peak" if row["peak"] else "plain"
    word = " <b>peak</b>" if row["peak"] else ""
    return f'<td class="mb-bar mb-{level}"><i style="width:{width:.1f}%"></i><span>{row["text"]}{word}</span></td>'
