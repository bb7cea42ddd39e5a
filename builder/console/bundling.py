"""What `bundle` shows: where the zip is, what was tried, what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from builder.console.stdout import open_console, plain_text
from builder.formats import counted, format_bytes

if TYPE_CHECKING:
    from builder.bundle import Bundle

STYLES = {"passed": "green", "skipped": "yellow", "failed": "bold red"}


def print_bundle(made: Bundle, *, file: TextIO | None = None) -> None:
    """Prints the closing words of a bundle on stdout."""
    from rich.text import Text

    console = open_console(file)
    console.print(plain_text(str(made.path), "bold"), soft_wrap=True)
    facts = [counted(len(made.files), "file"), format_bytes(made.size_bytes)]
    facts += [f"for {made.device}"] * bool(made.device)
    facts += [f"arena {format_bytes(made.arena_bytes)}"] * (made.arena_bytes is not None)
    console.print(plain_text(", ".join(facts), "dim"), soft_wrap=True)
    console.print()
    for check in made.checks:
        what = Text.assemble((f"{check.state:<8}", STYLES[check.state]), plain_text(f"{check.name}: {check.reason}"))
        console.print(what, soft_wrap=True)
    for note in made.notes:
        console.print(Text.assemble(("note    ", "yellow"), plain_text(note)), soft_wrap=True)
    console.print()
    console.print(Text.assemble(("Start  ", "dim"), "README.md inside says where, for each platform"), soft_wrap=True)
