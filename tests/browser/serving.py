"""A real server of the app, as `builder app` starts it, with places of its own. It can be killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

START_SECONDS = 60.0  # on a busy machine; 2 as a rule
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Server:
    """`builder app` in a process group of its own.

    Args:
        base: an empty folder for exports, state, uploads and the server's output; the cache of decoded photos may be shared.
        cache: where decoded photos are kept.
        environment: more variables.
    """

    def __init__(self, base: Path, cache: Path, **environment: str) -> None:
        self.exports = base / "exports"
        self.output = base / "server.txt"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = os.environ | {
            "BUILDER_STATE_DIR": str(base / "state"),
            "BUILDER_UPLOADS_DIR": str(base / "uploads"),
            "BUILDER_CACHE_DIR": str(cache),
            **environment,
        }

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        command = [sys.executable, "-m", "builder", "app", "--port", str(self.port), "--exports", str(self.exports), "--no-browser"]
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5):
                    return
            except OSError:
                assert self.process.poll() is None, f"the server ended: {self.output.read_text()}"
                time.sleep(0.05)
        raise AssertionError(f"the server did not answer within {START_SECONDS:.0f} s: {self.output.read_text()}")

    def kill(self) -> None:
        """kill -9 of the server and of whatever is in its process group; builds are in groups of their own."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def resident_bytes(self) -> int:
        """Memory that the server holds."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/status").read_text().split()
        return int(fields[fields.index("VmRSS:") + 1]) * 1024
