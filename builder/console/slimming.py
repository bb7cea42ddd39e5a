"""What `slim` shows: sizes, arenas, what was proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from builder.console.answers import print_facts
from builder.console.stdout import open_console, plain_text
from builder.formats import format_bytes, format_percent

if TYPE_CHECKING:
    from builder.slim.file import SlimFile


def print_slim(made: SlimFile, *, file: TextIO | None = None) -> None:
    """Prints what came of a file on stdout."""
    console = open_console(file)
    size = f"{format_bytes(made.after_bytes)} instead of {format_bytes(made.before_bytes)}"
    if not made.changed:
        console.print(plain_text(f"{made.output} is the file as it was: {made.reason}.", "bold"), soft_wrap=True)
    else:
        change = f"{format_percent(made.saved_share)} less" if made.saved_share > 0 else "for the plan's sake"
        console.print(plain_text(f"{made.output}  {size}, {change}", "bold"), soft_wrap=True)
    facts = [("activations", activations(made))] if made.activations is not None else []
    for run in made.runs:
        if run.arena_bytes is not None:
            before, after = run.arena_bytes
            facts.append(("arena", f"{format_bytes(after)} instead of {format_bytes(before)}, {run.interpreter} on this host"))
        facts.append((run.state, f"{run.interpreter}: {run.reason}"))
    if facts:
        print_facts(console, facts)


def activations(made: SlimFile) -> str:
    """What they take, and why there is no plan."""
    found = made.activations
    assert found is not None
    if found.reason:
        return f"{format_bytes(found.greedy_bytes)}: {found.reason}"
    least = ", the least that the graph allows" if found.planned_bytes == found.least_bytes else ""
    return f"{format_bytes(found.planned_bytes)} by the plan in the file{least}, {format_bytes(found.greedy_bytes)} without it"
