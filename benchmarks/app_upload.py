"""The server's memory before, while and after an upload of 300 MB is taken over, in a real browser against a real server.

The photos are noise, so the archive is as large as its photos, made on the fly; sizes are of the server's process alone, from
/proc. Needs Chromium.
"""

from __future__ import annotations

import io
import tempfile
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
from browsing import Served, chromium, listening, serving
from PIL import Image
from results import machine, write_section

MIB = 1024**2
ARCHIVE_BYTES = 299_500_000  # the browser's side refuses files of more than 300 MB
SIDE = 800  # pixels; noise of this size is a PNG of 1.9 MB
HELD_MAX_BYTES = 500 * MIB
TIMEOUT_MS = 300_000.0
SETTLING_SECONDS = 3.0


def write_archive(path: Path) -> int:
    """An archive of noise in two classes, a little below the limit; returns the number of photos."""
    random = np.random.default_rng(0)
    count, size = 0, 0
    with zipfile.ZipFile(path, "w") as archive:
        while True:
            file = io.BytesIO()
            pixels = random.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(file, "PNG", compress_level=1)
            content = file.getvalue()
            if size + len(content) > ARCHIVE_BYTES:
                return count
            archive.writestr(f"{'ab'[count % 2]}/{count:04d}.png", content)
            count, size = count + 1, size + len(content) + 200  # the directory's share


class Highest:
    """The most memory that a process held, asked for 50 times a second."""

    def __init__(self, served: Served) -> None:
        self.served, self.bytes, self.ended = served, 0, threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self) -> None:
        while not self.ended.wait(0.02):
            self.bytes = max(self.bytes, self.served.resident_bytes())

    def stop(self) -> int:
        self.ended.set()
        self.thread.join()
        return self.bytes


def measure(base: Path) -> dict[str, float]:
    """One upload: bytes before, at most and after, the seconds that it took, and how large the archive was."""
    archive = base / "noise.zip"
    photos = write_archive(archive)
    with serving(base) as served, chromium() as browser:
        listening(served)
        page = browser.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.goto(f"{served.url}/data")
        page.get_by_role("radio", name="Upload").click()
        page.get_by_text("A .zip of the class folders").wait_for()
        time.sleep(SETTLING_SECONDS)
        before, highest, began = served.resident_bytes(), Highest(served), time.monotonic()
        page.locator("input[type=file]").first.set_input_files(archive)
        page.get_by_role("heading", name="The split").wait_for()
        seconds = time.monotonic() - began
        time.sleep(SETTLING_SECONDS)
        after, most = served.resident_bytes(), highest.stop()
    size = archive.stat().st_size
    return {"before": before, "most": most, "after": after, "seconds": seconds, "photos": photos, "archive": size}


def main() -> None:
    """Measures and writes the section."""
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder))
    rows = [f"| {words} | {found[name] / MIB:,.0f} MiB |" for words, name in ROWS]
    verdict = "kept" if found["after"] <= HELD_MAX_BYTES else "not kept"
    text = "\n".join(
        [
            f"One archive of {found['archive'] / 1e6:,.0f} MB ({found['photos']:,} photos of noise), dropped on the Data page in "
            f"Chromium: taken over and looked at after {found['seconds']:.0f} s. Resident memory of the server's process:",
            "",
            "| when | held |",
            "|---|---|",
            *rows,
            "",
            f"At most {HELD_MAX_BYTES // MIB} MiB are to be held afterwards: {verdict}.",
            "",
            machine(),
        ]
    )
    print(text)
    write_section("The server's memory around an upload", text, "python benchmarks/app_upload.py")


ROWS = (("before", "before"), ("at most, for a moment", "most"), ("3 s after", "after"))

if __name__ == "__main__":
    main()
