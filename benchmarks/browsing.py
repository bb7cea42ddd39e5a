"""The app as a visitor's browser sees it: a server's start, moves of a dial, timed inside the page. Tests share it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
START_SECONDS, ANSWER_MS = 60.0, 30_000.0
FIGURES = ".mb-figures"
DIALS = {"alpha": "Width, alpha", "rho": "Photo size, rho"}
PAUSE_MS = 150.0  # between two moves, as a quick hand makes them

# From the key's own time stamp to the second frame after the figures' text changed: by then it was painted.
WATCH = """figures => {
  const text = () => document.querySelector(figures)?.innerText;
  window.moved = null;
  document.addEventListener('keydown', event => {
    const began = event.timeStamp, before = text();
    window.moved = null;
    const observer = new MutationObserver(() => {
      if (text() === before || text() === undefined) return;
      observer.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(() => { window.moved = performance.now() - began; }));
    });
    observer.observe(document.body, {subtree: true, childList: true, characterData: true});
  }, true);
}"""


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: its process, its address, when it was started."""

    process: subprocess.Popen[bytes]
    url: str
    began: float

    def resident_bytes(self) -> int:
        """Memory that the server holds, now."""
        fields = Path(f"/proc/{self.process.pid}/status").read_text().split()
        return int(fields[fields.index("VmRSS:") + 1]) * 1024


@contextmanager
def serving(base: Path) -> Iterator[Served]:
    """`builder app` on a free port with places of its own; it is ended at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    places = {name: str(base / name.lower()) for name in ("BUILDER_STATE_DIR", "BUILDER_UPLOADS_DIR", "BUILDER_CACHE_DIR")}
    command = [sys.executable, "-m", "builder", "app", "--port", str(port), "--exports", str(base / "exports"), "--no-browser"]
    base.mkdir(parents=True, exist_ok=True)
    with (base / "server.txt").open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | places,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Served(process, f"http://127.0.0.1:{port}", began)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, running."""
    from playwright.sync_api import sync_playwright

    place = next(filter(None, map(shutil.which, BROWSERS)), None)
    if place is None:
        raise SystemExit("There is no Chromium. On Debian: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=place, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Browser, served: Served, address: str = "") -> tuple[Page, float]:
    """The design page as soon as its figures and dials are there, and the seconds since the server was started."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(ANSWER_MS)
    listening(served)
    page.goto(f"{served.url}/{address}", wait_until="commit")
    page.wait_for_selector(FIGURES)
    for label in DIALS.values():
        dial(page, label).wait_for(state="attached")
    return page, time.perf_counter() - served.began


def listening(served: Served) -> None:
    """Waits until the server takes connections."""
    host, port = served.url.removeprefix("http://").split(":")
    deadline = time.perf_counter() + START_SECONDS
    while time.perf_counter() < deadline:
        if served.process.poll() is not None:
            raise SystemExit("The server ended at once: run `builder app` to see why.")
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise SystemExit(f"The server at {served.url} did not answer within {START_SECONDS:.0f} s.")


def dial(page: Page, label: str) -> Any:
    """The slider with this label."""
    return page.get_by_role("slider", name=label)


def moves(page: Page, count: int) -> list[float]:
    """Moves alpha and rho in turn, there and back, by the keyboard.

    Args:
        page: the design page.
        count: how many moves.

    Returns:
        Milliseconds from each key to the figures painted.
    """
    page.evaluate(WATCH, FIGURES)
    taken = []
    for number in range(count):
        key = "ArrowRight" if number % 40 < 20 else "ArrowLeft"
        one = dial(page, list(DIALS.values())[number % 2])
        one.focus()
        page.wait_for_timeout(PAUSE_MS)
        page.keyboard.press(key)
        page.wait_for_function("window.moved !== null")
        taken.append(float(page.evaluate("window.moved")))
    return taken
