"""The index says what the folders say, whatever happened to either."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from builder.errors import InvalidInput, StorageError
from builder.ranking import board, index
from builder.ranking.model import Found
from builder.ranking.reading import read_build
from builder.report import report_text
from tests.matrix import samples as shelves
from tests.ranking.samples import build, describe, report


@pytest.fixture
def read_folders(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that are read, as they are."""
    seen: list[str] = []

    def watched(folder: Path) -> Any:
        seen.append(folder.name)
        return read_build(folder)

    monkeypatch.setattr(index, "read_build", watched)
    return seen


def titles(found: Found) -> list[str]:
    return sorted(entry.title for entry in found.entries)


def test_one_row_a_build_or_every_file(tmp_path: Path) -> None:
    build(tmp_path, 1)
    build(tmp_path, 2)
    assert [entry.file for entry in index.read(tmp_path).entries] == ["int8.tflite"] * 2
    assert len(index.read(tmp_path, every_file=True).entries) == 2 * 5
    assert index.read(tmp_path).builds == 2


def test_rows_come_out_as_they_were_read(tmp_path: Path) -> None:
    folder = build(tmp_path, 1)
    first = index.read(tmp_path, every_file=True)
    again = index.read(tmp_path, every_file=True)
    assert again == first
    assert set(first.entries) == set(read_build(folder).rows.values())
    assert {type(entry.sound) for entry in again.entries} == {bool}


def test_what_did_not_change_is_not_read_again(tmp_path: Path, read_folders: list[str]) -> None:
    folders = [build(tmp_path, number) for number in (1, 2, 3)]
    index.read(tmp_path)
    assert sorted(read_folders) == [folder.name for folder in folders]
    read_folders.clear()
    index.read(tmp_path)
    assert read_folders == []


def test_a_changed_report_a_new_title_and_a_new_shelf_are_seen(tmp_path: Path, read_folders: list[str]) -> None:
    folders = [build(tmp_path, number) for number in (1, 2, 3, 4)]
    index.read(tmp_path)
    read_folders.clear()
    (folders[0] / "report.json").write_text(report_text(report(accuracy=0.5)))
    describe(folders[1], title="Renamed")
    (folders[2] / "compressed").mkdir()
    (folders[2] / "compressed" / "matrix.json").write_text(json.dumps(shelves.sample().to_json()))
    entries = {entry.folder: entry for entry in index.read(tmp_path).entries}
    assert read_folders == [folder.name for folder in folders[:3]]
    assert entries[folders[0].name].accuracy == 0.5
    assert entries[folders[1].name].title == "Renamed"
    assert entries[folders[2].name].file == "compressed/pruned_clustered_qat.tflite"


def test_a_deleted_build_is_gone_and_a_new_one_is_there(tmp_path: Path) -> None:
    folder = build(tmp_path, 1)
    build(tmp_path, 2)
    index.read(tmp_path)
    shutil.rmtree(folder)
    build(tmp_path, 3)
    assert titles(index.read(tmp_path)) == ["Hands 2", "Hands 3"]


def test_unfinished_builds_are_counted_and_folders_that_are_none_are_not(tmp_path: Path) -> None:
    build(tmp_path, 1)
    (build(tmp_path, 2) / "report.json").unlink()
    (tmp_path / "notes").mkdir()
    shutil.copytree(build(tmp_path, 3), tmp_path / ".replaced-hands-0000000003-1")
    found = index.read(tmp_path)
    assert titles(found) == ["Hands 1", "Hands 3"]
    assert (found.builds, found.unfinished) == (2, 1)


def test_a_damaged_report_is_told_each_time_and_the_others_are_listed(tmp_path: Path) -> None:
    folder = build(tmp_path, 1)
    build(tmp_path, 2)
    (folder / "report.json").write_text("no JSON")
    for _ in range(2):
        found = index.read(tmp_path)
        assert titles(found) == ["Hands 2"]
        assert [each.folder for each in found.unreadable] == [folder.name]
        assert "not valid JSON" in found.unreadable[0].message


@pytest.mark.parametrize("spoil", ["text", "cut", "empty", "pages", "version", "folder"])
def test_an_index_that_cannot_be_used_is_made_anew(tmp_path: Path, spoil: str) -> None:
    for number in range(1, 40):
        build(tmp_path, number)
    first = index.read(tmp_path, every_file=True)
    path = tmp_path / index.NAME
    content = path.read_bytes()
    if spoil == "text":
        path.write_text("this is no database, and it is longer than a header of one would be" * 4)
    elif spoil == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif spoil == "empty":
        path.write_bytes(b"")
    elif spoil == "pages":
        path.write_bytes(content[:4096] + b"\xff" * 8192 + content[4096 + 8192 :])
    elif spoil == "version":
        with sqlite3.connect(path) as old:
            old.execute("DROP TABLE files")
            old.execute("PRAGMA user_version = 1")
        old.close()
    else:
        path.unlink()
        path.mkdir()
    assert set(index.read(tmp_path, every_file=True).entries) == set(first.entries)
    if spoil != "folder":
        assert path.read_bytes()[:6] == b"SQLite"
    assert set(index.read(tmp_path, every_file=True).entries) == set(first.entries)


def test_a_folder_that_cannot_be_written_is_listed_from_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path, 1)

    def refuse(path: Path, _content: bytes) -> None:
        raise StorageError(f"{path} cannot be written")

    monkeypatch.setattr(index, "write_atomically", refuse)
    assert titles(index.read(tmp_path)) == ["Hands 1"]
    assert not (tmp_path / index.NAME).exists()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="absent cannot be listed"):
        index.read(tmp_path / "absent")


def test_an_empty_folder_has_no_rows_and_gets_no_index(tmp_path: Path) -> None:
    assert index.read(tmp_path) == Found(())
    assert list(tmp_path.iterdir()) == []


def test_many_at_once_while_builds_come_and_go(tmp_path: Path) -> None:
    for number in range(1, 30):
        build(tmp_path, number)

    def come_and_go(number: int) -> None:
        build(tmp_path, 100 + number)
        shutil.rmtree(tmp_path / f"hands-{number:010x}")

    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(index.read, tmp_path) for _ in range(24)]
        list(pool.map(come_and_go, range(1, 20)))
        assert all(not reader.result().unreadable for reader in readers)
    wanted = sorted(f"Hands {number}" for number in (*range(20, 30), *range(101, 120)))
    assert titles(index.read(tmp_path)) == wanted
    assert titles(index.read(tmp_path)) == wanted
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == [index.NAME]


def test_two_processes_at_once_list_the_same(tmp_path: Path) -> None:
    for number in range(1, 40):
        build(tmp_path, number)
    code = f"from pathlib import Path; from builder.ranking.index import read; print(len(read(Path({str(tmp_path)!r})).entries))"
    children = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [child.communicate()[0].strip() for child in children] == ["39"] * 4
    assert len(index.read(tmp_path).entries) == 39


def test_what_takes_long_is_told_and_kept_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 5):
        build(tmp_path, number)
    monkeypatch.setattr(index, "SAID_SECONDS", -1.0)
    monkeypatch.setattr(index, "KEPT_SECONDS", -1.0)
    told: list[tuple[str, Any]] = []
    kept: list[int] = []
    write = index.write

    def watched(database: sqlite3.Connection, exports: Path) -> None:
        kept.append(database.execute("SELECT count(*) FROM builds").fetchone()[0])
        write(database, exports)

    monkeypatch.setattr(index, "write", watched)
    index.read(tmp_path, emit=lambda event, /, **values: told.append((event, values.get("done", values.get("state")))))
    assert told == [("stage", "start"), *(("progress", done) for done in range(5)), ("stage", "done")]
    assert kept == [1, 2, 3, 4, 4]


def test_quick_work_is_not_told(tmp_path: Path) -> None:
    build(tmp_path, 1)
    told: list[str] = []
    index.read(tmp_path, emit=lambda event, /, **_values: told.append(event))
    assert told == []


def test_builds_know_their_batch(tmp_path: Path) -> None:
    build(tmp_path, 1)
    build(tmp_path, 2)
    record = tmp_path / "batches" / "night-0123abcd" / "record.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({"name": "night", "cells": [{"build": "0000000001"}, {"build": ""}]}))
    assert {entry.id: entry.batch for entry in index.read(tmp_path).entries} == {"0000000001": "night", "0000000002": ""}
    record.write_text(json.dumps({"name": "night", "cells": [{"build": "0000000001"}, {"build": "0000000002"}]}))
    assert [entry.batch for entry in index.read(tmp_path).entries] == ["night", "night"]
    record.write_text("damaged")
    assert [entry.batch for entry in index.read(tmp_path).entries] == ["", ""]


@pytest.mark.parametrize("spoil", ["huge", "half", "words", "endless"])
def test_a_report_with_figures_that_no_build_writes_spoils_nothing(tmp_path: Path, spoil: str) -> None:
    folder = build(tmp_path, 1)
    build(tmp_path, 2)
    path = folder / "report.json"
    values = json.loads(path.read_text())
    if spoil == "huge":
        values["measured"]["variants"]["int8"]["flash_bytes"] = 10**30
    elif spoil == "half":
        describe(folder, title="half of a character: \ud83d")
    elif spoil == "words":
        values["predicted"]["resolution"] = "wide"
    else:
        values["measured"]["variants"]["int8"]["latency_ms"] = float("inf")
    path.write_text(json.dumps(values))
    for _ in range(2):
        made = board(tmp_path, every_file=True)
        assert {entry.title for entry in made.entries} >= {"Hands 2"}
        assert [each.folder for each in made.found.unreadable] == ([] if spoil == "endless" else [folder.name])


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    old, new = (tmp_path / f".{index.NAME}.{number}-1.tmp" for number in (1, 2))
    old.write_bytes(b"half")
    new.write_bytes(b"half")
    os.utime(old, (1_760_000_000, 1_760_000_000))
    build(tmp_path, 1)
    index.read(tmp_path)
    assert [old.exists(), new.exists()] == [False, True]


def test_a_folder_with_a_name_that_is_no_text_is_passed_over(tmp_path: Path) -> None:
    build(tmp_path, 1)
    build(tmp_path, 2).rename(os.fsdecode(os.fsencode(tmp_path) + b"/hands-\xff-0000000002"))
    assert titles(index.read(tmp_path)) == ["Hands 1"]
