"""How fast the app answers: the first page after the server's start, moves of the dials, the server's memory.

    python benchmarks/app_speed.py

A real server, a real Chromium. A move is timed inside the page, from the key's own time stamp to the second frame after the figures
(size, compute, RAM and verdict are one element) have changed. Prints a table, and writes it into RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from browsing import chromium, moves, opened, serving
from results import machine, write_section

STARTS, MOVES = 5, 50
LIMIT_START_SECONDS, LIMIT_MOVE_MS, LIMIT_MEMORY_MIB = 4.0, 300.0, 400.0
SETTLE_MS = 3000.0  # until the map is drawn
TITLE = "The app's speed"
# Budgets that fit, that do not (with remedies), and that nothing fits.
ADDRESSES = {
    "ESP32-S3": "",
    "too small for most": "?device=NUCLEO-F446RE",
    "nothing fits": "?device=&flash=40KiB&ram=20KiB",
}


def share(values: Sequence[float], part: float) -> float:
    """The value that so large a share of them do not exceed."""
    return sorted(values)[max(0, round(part * len(values) + 0.499999) - 1)]


def main() -> None:
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=STARTS, help="servers to start")
    parser.add_argument("--moves", type=int, default=MOVES, help="moves of a dial for each budget")
    parser.add_argument("--no-write", action="store_true", help="leave RESULTS.md as it is")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    starts: list[float] = []
    rows: list[str] = []
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for number in range(asked.starts):
            with serving(Path(folder) / str(number)) as served:
                page, seconds = opened(browser, served)
                starts.append(seconds)
                print(f"start {number + 1}: {seconds:.2f} s", file=sys.stderr, flush=True)
                page.wait_for_timeout(SETTLE_MS)
                memory = served.resident_bytes() / 2**20
                page.context.close()
        with serving(Path(folder) / "moves") as served:
            for name, address in ADDRESSES.items():
                page, _ = opened(browser, served, address)
                page.wait_for_timeout(SETTLE_MS)
                taken = moves(page, asked.moves)
                print(f"{name}: {statistics.median(taken):.0f} ms", file=sys.stderr, flush=True)
                figures = " | ".join(f"{value:.0f} ms" for value in (share(taken, 0.5), share(taken, 0.95), max(taken)))
                rows.append(f"| {name} | {len(taken)} | {figures} | {LIMIT_MOVE_MS:.0f} ms |")
                page.context.close()
            after = served.resident_bytes() / 2**20
    text = "\n".join(
        (
            f"Server started to first page usable, Chromium running: median {statistics.median(starts):.2f} s, "
            f"worst {max(starts):.2f} s of {len(starts)} (limit {LIMIT_START_SECONDS:.0f} s).",
            "",
            "| budget | moves | median | 95th percentile | longest | limit at the 95th |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
            *rows,
            "",
            f"The server holds {memory:.0f} MiB with one page open and {after:.0f} MiB after all moves (limit "
            f"{LIMIT_MEMORY_MIB:.0f} MiB).",
            f"Load average at the start: {load:.2f}.",
            "",
            machine(),
        )
    )
    print(text)
    if not asked.no_write:
        write_section(TITLE, text, "python benchmarks/app_speed.py")


if __name__ == "__main__":
    main()
