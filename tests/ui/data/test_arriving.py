"""Uploads while they arrive: on disk, bounded, a drop of files taken whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from builder.uploads import sets
from ui.data import arriving
from ui.data.arriving import METHODS, Arriving, Late

MEGABYTE = 10**6


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An uploads folder of the test's own, and a bound of 64 MB."""
    monkeypatch.setenv("BUILDER_UPLOADS_DIR", str(tmp_path / "uploads"))
    monkeypatch.setenv("BUILDER_UPLOAD_MAX", "64MB")
    return tmp_path / "uploads"


@pytest.fixture
def held() -> Arriving:
    """Nothing has arrived."""
    return Arriving(MemoryUploadedFileManager("/upload"))


def send(held: Arriving, sizes: list[int], visitor: str = "one") -> list[str]:
    """Files that were dropped at once; their ids."""
    ids = [each.file_id for each in held.get_upload_urls(visitor, [f"a/{number}.jpg" for number in range(len(sizes))])]
    for file_id, size in zip(ids, sizes, strict=True):
        held.add_file(visitor, UploadedFileRec(file_id, f"{file_id}.jpg", "image/jpeg", b"x" * size))
    return ids


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_small_files_come_back_as_they_were_sent(held: Arriving) -> None:
    ids = send(held, [3, 5])
    assert [file.data for file in held.get_files("one", [*ids, "unknown"])] == [b"xxx", b"xxxxx"]


def test_many_bytes_stay_on_disk_and_are_read_from_there(held: Arriving) -> None:
    ids = send(held, [20 * MEGABYTE, 20 * MEGABYTE])
    assert [file.data for file in held.get_files("one", ids)] == [b"", b""]
    assert len(Late(held.visitors["one"].path(ids[0])).read()) == 20 * MEGABYTE


def test_more_than_an_upload_may_have_drops_all_of_it_and_whatever_follows(held: Arriving, folder: Path) -> None:
    ids = send(held, [30 * MEGABYTE, 30 * MEGABYTE, 30 * MEGABYTE, 1])
    assert held.get_files("one", ids) == []
    assert "more than the 64 MB that one upload may have" in held.visitors["one"].refusal
    assert on_disk(folder) == []


def test_after_a_refusal_a_smaller_upload_is_taken(held: Arriving) -> None:
    send(held, [70 * MEGABYTE])
    assert len(held.get_files("one", send(held, [5]))) == 1


def test_all_visitors_together_are_bounded(held: Arriving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "VISITORS_AT_ONCE", 1)
    send(held, [40 * MEGABYTE])
    assert held.get_files("other", send(held, [40 * MEGABYTE], "other")) == []
    assert held.visitors["other"].refusal == arriving.OTHERS


def test_more_files_than_may_be_are_refused_before_the_first_is_kept(held: Arriving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "FILES_MAX", 2)
    assert held.get_files("one", send(held, [1, 1, 1])) == []
    assert "That were 3 files; at most 2" in held.visitors["one"].refusal


def test_a_file_that_no_page_asked_for_is_not_kept(held: Arriving, folder: Path) -> None:
    held.add_file("nobody", UploadedFileRec("../x", "x", "", b"x"))
    assert not folder.exists() or on_disk(folder) == []
    assert held.visitors == {}


def test_a_disk_that_takes_no_more_is_told(held: Arriving, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert held.get_files("one", send(held, [5])) == []
    assert "is full" in held.visitors["one"].refusal


def test_nothing_is_left_of_a_visitor_who_is_gone(held: Arriving, folder: Path) -> None:
    send(held, [5, 6])
    held.remove_session_files("one")
    assert (held.visitors, list(folder.iterdir())) == ({}, [])


def test_a_file_that_is_removed_leaves_the_disk(held: Arriving, folder: Path) -> None:
    first, second = send(held, [5, 6])
    held.remove_file("one", first)
    assert [file.file_id for file in held.get_files("one", [first, second])] == [second]
    held.remove_file("one", second)
    assert list(folder.iterdir()) == []


def test_streamlit_still_has_the_methods_that_are_replaced() -> None:
    assert all(callable(getattr(MemoryUploadedFileManager, name)) for name in METHODS)
