"""What each place gives, and every place that gives nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from builder.data import open_source
from builder.errors import DataError

MakeClass = Callable[..., list[Path]]


def test_a_folder_per_class(two_classes: Path) -> None:
    source = open_source(str(two_classes))
    assert source.classes == ("cat", "dog")
    assert source.photos == 50
    assert source.builtin is None
    assert source.items[0].name == "cat/00000.png"


def test_the_real_photos(hands: Path) -> None:
    source = open_source(str(hands))
    assert source.classes == tuple("0123456789")
    assert source.photos == 2062


def test_the_fingerprint_is_of_contents_not_of_names(two_classes: Path, tmp_path: Path) -> None:
    first = open_source(str(two_classes)).fingerprint
    moved = shutil.copytree(two_classes, tmp_path / "elsewhere")
    (moved / "cat" / "00000.png").rename(moved / "cat" / "renamed.jpeg")
    assert open_source(str(moved)).fingerprint == first
    (moved / "cat" / "renamed.jpeg").rename(moved / "dog" / "renamed.jpeg")
    assert open_source(str(moved)).fingerprint != first


def test_a_changed_photo_of_equal_size_and_time_changes_the_fingerprint(two_classes: Path) -> None:
    path = two_classes / "cat" / "00000.png"
    before, state = open_source(str(two_classes)).fingerprint, path.stat()
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert path.stat().st_size == state.st_size
    assert open_source(str(two_classes)).fingerprint != before


@pytest.mark.usefixtures("own_cache")
def test_files_are_read_once(two_classes: Path) -> None:
    events: list[tuple[str, dict]] = []
    open_source(str(two_classes), emit=lambda event, /, **values: events.append((event, values)))
    assert events[-1] == ("progress", {"stage": "data", "done": 50, "total": 50, "unit": "files"})
    events.clear()
    open_source(str(two_classes), emit=lambda event, /, **values: events.append((event, values)))
    assert events == []


def test_a_damaged_memory_of_hashes_is_made_anew(two_classes: Path, own_cache: Path) -> None:
    expected = open_source(str(two_classes)).fingerprint
    for store in (own_cache / "hashes").iterdir():
        store.write_bytes(store.read_bytes()[:-40])
    assert open_source(str(two_classes)).fingerprint == expected


def test_junk_and_texts_are_passed_over(two_classes: Path) -> None:
    expected = open_source(str(two_classes)).fingerprint
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._00000.png", "notes.txt"):
        (two_classes / "cat" / name).write_bytes(b"junk")
    (two_classes / "__MACOSX" / "cat").mkdir(parents=True)
    (two_classes / "__MACOSX" / "cat" / "1.png").write_bytes(b"junk")
    (two_classes / ".cache").mkdir()
    source = open_source(str(two_classes))
    assert source.fingerprint == expected
    assert source.notes == ("Passed over 1 text or table file(s) beside the photos.",)


def test_test_data_become_the_test_split(two_classes: Path, tmp_path: Path, make_class: MakeClass) -> None:
    make_class(tmp_path / "new" / "cat", 3, start=5000)
    make_class(tmp_path / "new" / "dog", 2, start=6000)
    source = open_source(str(two_classes), str(tmp_path / "new"))
    assert source.photos == 55
    assert source.given == {"test"}


def test_test_data_take_the_place_of_test_photos_inside(tmp_path: Path, make_class: MakeClass) -> None:
    for number, name in enumerate(("train/a", "train/b", "test/a", "test/b")):
        make_class(tmp_path / "data" / name, 4, start=100 * number)
    make_class(tmp_path / "new" / "a", 1, start=5000)
    make_class(tmp_path / "new" / "b", 1, start=6000)
    source = open_source(str(tmp_path / "data"), str(tmp_path / "new"))
    assert source.photos == 8 + 2
    assert any("left out" in note for note in source.notes)


def test_an_unknown_class_in_the_test_data_is_named(two_classes: Path, tmp_path: Path, make_class: MakeClass) -> None:
    for name in ("cat", "dog", "doge"):
        make_class(tmp_path / "new" / name, 1)
    with pytest.raises(DataError, match=r"'doge'.*Did you mean \"dog\""):
        open_source(str(two_classes), str(tmp_path / "new"))


def test_a_missing_class_in_the_test_data_is_named(two_classes: Path, tmp_path: Path, make_class: MakeClass) -> None:
    make_class(tmp_path / "new" / "cat", 1)
    make_class(tmp_path / "new" / "cat2", 1)
    (tmp_path / "new" / "cat2").rename(tmp_path / "new" / ".hidden")
    with pytest.raises(DataError, match="none of 'dog'"):
        open_source(str(two_classes), str(tmp_path / "new"))


def test_a_class_only_in_validation_is_named(tmp_path: Path, make_class: MakeClass) -> None:
    for number, name in enumerate(("train/a", "train/b", "val/a", "val/c")):
        make_class(tmp_path / name, 3, start=100 * number)
    with pytest.raises(DataError, match="'c'"):
        open_source(str(tmp_path))


@pytest.mark.parametrize("data", ["nowhere", "a/b/c", "x" * 5000, "nul\0byte", "", "~nobody-here/photos"])
def test_a_missing_folder(data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError):
        open_source(data)


def test_a_misspelt_name_gets_the_nearest(two_classes: Path) -> None:
    with pytest.raises(DataError, match='Did you mean "digits"'):
        open_source("digitz")
    with pytest.raises(DataError, match='Did you mean "keras:cifar10"'):
        open_source("keras:cifar11")
    with pytest.raises(DataError, match=r"Did you mean .*pets"):
        open_source(str(two_classes.parent / "petz"))


def test_the_working_folder_may_change_before_photos_are_read(two_classes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(two_classes.parent)
    source = open_source("pets")
    monkeypatch.chdir("/")
    assert source.items[0].origin.read(source.items[0].key)


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no photos"):
        open_source(str(tmp_path))


def test_photos_without_class_folders(tmp_path: Path, make_class: MakeClass) -> None:
    make_class(tmp_path / "flat", 5)
    with pytest.raises(DataError, match="no class folders"):
        open_source(str(tmp_path / "flat"))


def test_one_class(tmp_path: Path, make_class: MakeClass) -> None:
    make_class(tmp_path / "cat", 5)
    with pytest.raises(DataError, match="one class, 'cat'"):
        open_source(str(tmp_path))


def test_a_class_with_one_photo(two_classes: Path, make_class: MakeClass) -> None:
    make_class(two_classes / "bird", 1, start=9000)
    with pytest.raises(DataError, match=r"'bird'.* has 1 photo"):
        open_source(str(two_classes))


def test_a_text_file_instead_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("cat dog")
    with pytest.raises(DataError, match=r"not a \.zip"):
        open_source(str(tmp_path / "data.txt"))


def test_links_are_followed_and_loops_end(two_classes: Path, tmp_path: Path, make_class: MakeClass) -> None:
    make_class(tmp_path / "far" / "birds", 3, start=9000)
    (two_classes / "bird").symlink_to(tmp_path / "far" / "birds")
    (two_classes / "cat" / "loop").symlink_to(two_classes)
    (two_classes / "dog" / "gone.png").symlink_to(tmp_path / "gone.png")
    source = open_source(str(two_classes))
    assert source.classes == ("bird", "cat", "dog")
    assert [item.problem for item in source.items if item.problem] == ["cannot be read (No such file or directory)"]


def test_a_file_larger_than_any_photo_is_not_read(two_classes: Path) -> None:
    with (two_classes / "cat" / "huge.jpg").open("wb") as file:
        file.truncate(10 * 1024**3)
    source = open_source(str(two_classes))
    assert "more than any photo" in next(item.problem for item in source.items if item.problem)


def test_the_builtin_set_wins_over_a_folder_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_class: MakeClass
) -> None:
    monkeypatch.chdir(tmp_path)
    make_class(tmp_path / "digits" / "one", 3)
    make_class(tmp_path / "digits" / "two", 3, start=100)
    source = open_source("digits")
    assert source.builtin == "digits"
    assert any("./digits" in note for note in source.notes)
    assert open_source("./digits").classes == ("one", "two")


def test_names_that_are_hard_for_paths_stay_names(tmp_path: Path, make_class: MakeClass) -> None:
    names = ("it's", '"quoted"', "\U0001f600", "a; rm -rf b", "ünï")
    for number, name in enumerate(names):
        make_class(tmp_path / name, 3, start=100 * number)
    assert set(open_source(str(tmp_path)).classes) == set(names)


def test_a_photo_is_known_by_content_when_its_name_says_text(two_classes: Path, picture: Callable[[int], Image.Image]) -> None:
    picture(77).save(two_classes / "cat" / "photo.txt", "PNG")
    assert open_source(str(two_classes)).photos == 51
