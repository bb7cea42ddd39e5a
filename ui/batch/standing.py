"""How a batch stands: how far it is or how it ended, its figures, what the workers do, what failed and why."""

from __future__ import annotations

import streamlit as st

from builder.batch.record import BatchRecord, CellRecord
from builder.console.told import TITLES, left
from builder.formats import counted, format_percent
from ui import parts
from ui.batch import cells
from ui.wording import in_app

RUNNING_SHOWN = 20
MESSAGES_SHOWN = 50
MESSAGE_LENGTH_MAX = 600


def verdict(record: BatchRecord, *, lives: bool) -> None:
    """How far it is, or how it ended."""
    done, total = sum(cell.is_over for cell in record.cells), len(record.cells)
    if lives:
        words = ", ".join(filter(None, (f"{done:,} of {counted(total, 'build')}", left(record.seconds_left))))
        st.progress(share(record), text=words)
    elif record.counts == {"done": total}:
        st.success(f"All done: {counted(total, 'build')}.", icon=":material/check_circle:")
    elif record.state == "done" and not record.of_state("failed"):
        st.success(f"Done: {summary(record)}.", icon=":material/check_circle:")
    elif record.state == "done":
        st.warning(f"Done, and not all of it: {summary(record)}.", icon=":material/warning:")
    elif record.state == "failed":
        parts.problem(record.message or "It failed.")
    else:
        why = parts.literal(in_app(record.message), MESSAGE_LENGTH_MAX) if record.message else ""
        st.info(f"Stopped: {summary(record)}. {why}", icon=":material/stop_circle:")


def summary(record: BatchRecord) -> str:
    """Such as `10 done, 1 failed, 1 skipped`."""
    counts = sorted(record.counts.items(), key=lambda each: each[0] != "done")
    return ", ".join(f"{count:,} {state}" for state, count in counts)


def share(record: BatchRecord) -> float:
    """How much of it is over, epochs of running builds counted."""
    parts_done = (1.0 if cell.is_over else min(1.0, cell.epoch / cell.epochs) if cell.epochs else 0.0 for cell in record.cells)
    return min(1.0, sum(parts_done) / max(1, len(record.cells)))


def figures(record: BatchRecord, *, lives: bool) -> None:
    """Counts, the best so far, and the time left of one that runs."""
    counts = record.counts
    waiting = counts.get("waiting", 0) + counts.get("paused", 0)
    apart = [f"{counts[state]:,} {state}" for state in ("skipped", "stopped", "duplicate") if counts.get(state)]
    done = parts.meter("Done", f"{counts.get('done', 0):,}", note=f"of {len(record.cells):,}")
    failed = parts.meter(
        "Failed", f"{counts.get('failed', 0):,}", note=", ".join(apart), state="bad" if counts.get("failed") else ""
    )
    if not lives:
        parts.meters(done, *([parts.meter("Left", f"{waiting:,}")] if waiting else []), failed, best(record, "Best"))
        return
    parts.meters(
        done,
        parts.meter("Running", f"{counts.get('running', 0):,}"),
        parts.meter("Waiting", f"{waiting:,}"),
        failed,
        best(record, "Best so far"),
        parts.meter("Time left", left(record.seconds_left).removesuffix(" left") or "–"),
    )


def best(record: BatchRecord, label: str) -> str:
    """The best build, as a figure."""
    if not record.best:
        return parts.meter(label, "–", note="validation photos")
    cell = record.cell(record.best)
    return parts.meter(label, format_percent(cells.best_of(cell)), note=f"validation photos, {cell.named()}")


def at_work(running: list[CellRecord]) -> None:
    """What every worker does."""
    for cell in running[:RUNNING_SHOWN]:
        epochs = f", {cell.epoch:,} of {counted(cell.epochs, 'epoch')}" if cell.epochs and cell.stage in ("", "train") else ""
        so_far = f", best {format_percent(cell.val_accuracy)} of the validation photos" if cell.val_accuracy is not None else ""
        stage = TITLES.get(cell.stage, cell.stage or "Starting")
        st.markdown(
            f":material/model_training: **{parts.literal(cell.named(), 200)}**: {parts.literal(f'{stage}{epochs}{so_far}', 200)}"
        )


def messages(record: BatchRecord) -> None:
    """Why builds failed, were stopped or skipped; failures stand open."""
    for state, title, icon in (
        ("failed", "failed", ":material/error:"),
        ("stopped", "stopped early", ":material/stop_circle:"),
        ("skipped", "skipped", ":material/block:"),
    ):
        found = [cell for cell in record.cells if cell.state == state]
        if not found:
            continue
        with st.expander(f"{counted(len(found), 'build')} {title}", icon=icon, expanded=state == "failed"):
            for cell in found[:MESSAGES_SHOWN]:
                st.markdown(f"- **{parts.literal(cell.named(), 200)}**: {parts.literal(in_app(cell.message), MESSAGE_LENGTH_MAX)}")
            if len(found) > MESSAGES_SHOWN:
                st.caption(f"and {len(found) - MESSAGES_SHOWN:,} more.")
