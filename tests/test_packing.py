"""A finished build as one zip: whole, the same each time, and made no more often than needed."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from builder.bundle import archive, place
from builder.bundle.build_files import ALWAYS
from builder.errors import InvalidInput, StorageError
from builder.packing import members, pack
from builder.runs import Run
from tests.ui import folders


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A finished build."""
    return folders.done(tmp_path)


def test_the_zip_holds_the_very_files(run: Run) -> None:
    path = pack(run)
    assert path == run.folder / f"{run.folder.name}.zip"
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None
        held = {entry.filename: packed.read(entry) for entry in packed.infolist()}
    names = {path.name for path in run.folder.glob("*.tflite")} | set(ALWAYS)
    for name in names:
        assert held[f"{run.folder.name}/{name}"] == (run.folder / name).read_bytes()


def test_it_holds_a_readme_and_a_model_card_too(run: Run) -> None:
    with zipfile.ZipFile(pack(run)) as packed:
        assert {f"{run.folder.name}/README.md", f"{run.folder.name}/MODEL_CARD.md"} <= set(packed.namelist())


def test_the_same_files_are_the_same_zip(run: Run) -> None:
    first = pack(run).read_bytes()
    pack(run).unlink()
    for path in members(run):
        path.touch()
    assert pack(run).read_bytes() == first


def test_it_is_packed_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pack(run)
    monkeypatch.setattr(archive, "write", lambda *_: pytest.fail("it was packed again"))
    pack(run)


def test_a_file_that_changed_is_packed_again(run: Run) -> None:
    pack(run)
    (run.folder / "report.html").write_text("another page\n")
    with zipfile.ZipFile(pack(run)) as packed:
        assert packed.read(f"{run.folder.name}/report.html") == b"another page\n"


def test_a_model_that_changed_is_not_packed(run: Run) -> None:
    (run.folder / "int8.tflite").write_bytes(b"another one")
    with pytest.raises(InvalidInput, match=r"int8\.tflite is no longer the file that was verified"):
        pack(run)


def test_a_damaged_zip_is_made_anew(run: Run) -> None:
    path = pack(run)
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    assert pack(run).read_bytes() == whole


def test_a_build_that_is_not_done_has_none(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="There is no report"):
        pack(folders.failed(tmp_path))


def test_a_missing_file_is_named(run: Run) -> None:
    (run.folder / "int8.tflite").unlink()
    with pytest.raises(InvalidInput, match=r"int8\.tflite is missing"):
        pack(run)


def test_a_full_disk_leaves_nothing_behind(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    before = sorted(run.folder.iterdir())
    with pytest.raises(StorageError, match="disk is full"):
        pack(run)
    assert sorted(run.folder.iterdir()) == before


def test_a_folder_that_takes_no_zip_has_it_in_the_cache(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_CACHE_DIR", str(tmp_path / "cache"))
    (run.folder / f"{run.folder.name}.zip").mkdir()
    path = pack(run)
    assert path.is_relative_to(tmp_path / "cache")
    with zipfile.ZipFile(path) as packed:
        assert len(packed.namelist()) > len(members(run))
    written = archive.write

    def only_elsewhere(wanted: Path, *rest: Any) -> Any:
        return pytest.fail("it was packed again") if wanted == path else written(wanted, *rest)

    monkeypatch.setattr(archive, "write", only_elsewhere)
    assert pack(run) == path


def test_a_zip_in_the_cache_is_removed_after_a_day(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_CACHE_DIR", str(tmp_path / "cache"))
    old = place.elsewhere(run)
    old.write_bytes(b"")
    os.utime(old, (1, 1))
    place.elsewhere(run)
    assert not old.exists()
