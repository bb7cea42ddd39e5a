"""RESULTS.md: one section a benchmark, each written by its own script."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"
TITLE = "# Measured\n\nEach section is written by the script that it names; run it to have your own figures.\n"


def machine() -> str:
    """The machine in a sentence."""
    names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    processor = names[0] if names else platform.machine()
    return (
        f"Machine: {processor}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}."
    )


def write_section(title: str, text: str, command: str) -> None:
    """Puts a section into RESULTS.md in place of the one with the same title; the others stay."""
    old = RESULTS.read_text() if RESULTS.exists() else TITLE
    head, *sections = re.split(r"^(?=## )", old, flags=re.MULTILINE)
    new = f"## {title}\n\n`{command}`, {datetime.now(UTC):%Y-%m-%d}.\n\n{text.strip()}\n\n"
    kept = [section.rstrip() + "\n\n" for section in sections if not section.startswith(f"## {title}\n")]
    RESULTS.write_text((head.rstrip() + "\n\n" + "".join([*kept, new])).rstrip() + "\n")
