"""What libraries print lands in the log, from Python and from below it, and the terminal is back afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builder.errors import StorageError
from builder.output import captured, terminal

PRINTS = """
import os, sys
from pathlib import Path
from builder.output import captured
print("before")
try:
    with captured(Path(sys.argv[1])):
        print("from Python")
        os.write(1, b"from C\\n")
        os.write(2, b"an error from C\\n")
        raise ValueError
except ValueError:
    print("after")
    print("an error after", file=sys.stderr)
"""


def test_both_streams_go_to_the_log_and_come_back_after_an_error(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("of an earlier process\n")
    done = subprocess.run([sys.executable, "-c", PRINTS, str(log)], capture_output=True, text=True, check=True)
    assert done.stdout == "before\nafter\n"
    assert done.stderr == "an error after\n"
    lines = log.read_text().splitlines()
    assert lines[0] == "of an earlier process"
    assert sorted(lines[1:]) == ["an error from C", "from C", "from Python"]


def test_without_a_log_nothing_is_redirected(capfd: pytest.CaptureFixture[str]) -> None:
    with captured(None):
        os.write(1, b"seen\n")
    assert capfd.readouterr().out == "seen\n"


def test_a_log_that_cannot_be_written_is_named_and_nothing_is_redirected(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StorageError, match=r"log\.txt"), captured(tmp_path / "absent" / "log.txt"):
        raise AssertionError
    os.write(1, b"seen\n")
    assert capfd.readouterr().out == "seen\n"


def test_the_terminal_is_reached_while_output_is_captured(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with terminal() as screen, captured(tmp_path / "log.txt"):
        screen.write("to people\n")
        os.write(2, b"to the log\n")
    assert capfd.readouterr().err == "to people\n"
    assert (tmp_path / "log.txt").read_text() == "to the log\n"
