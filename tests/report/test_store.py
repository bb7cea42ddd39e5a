"""Writing a report: the file that means done comes last, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.errors import StorageError
from builder.report import read_report, store, write_report
from report.samples import HOSTILE, sample


def test_both_files_are_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_report(sample(notes=(*HOSTILE, "caf\udce9.jpg")), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.json"]
    assert read_report(tmp_path).notes[-1] == "caf\ufffd.jpg"


def test_the_report_means_done_so_it_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: str) -> None:
        raise StorageError(f"The disk is full: {path}, {len(content)} bytes")

    monkeypatch.setattr(store, "write_atomically", full)
    with pytest.raises(StorageError, match=r"report\.html"):
        write_report(sample(), tmp_path)
    assert list(tmp_path.iterdir()) == []
