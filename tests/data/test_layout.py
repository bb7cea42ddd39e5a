"""Classes and given splits, read from folder names alone."""

from __future__ import annotations

import unicodedata

import pytest

from builder.data.layout import arrange, is_junk, is_sidecar
from builder.errors import DataError


def found(*paths: str, empty: tuple[str, ...] = ()) -> set[tuple[str, str]]:
    """(given split, class) of files written as a/b/c."""
    layout = arrange([tuple(path.split("/")) for path in paths], [tuple(path.split("/")) for path in empty], "the data")
    return {(place.given, place.label) for place in layout.places}


def test_a_folder_is_a_class() -> None:
    assert found("cat/1.jpg", "dog/2.jpg") == {("", "cat"), ("", "dog")}


def test_folders_inside_a_class_do_not_matter() -> None:
    assert found("cat/tabby/1.jpg", "cat/2.jpg", "dog/a/b/3.jpg") == {("", "cat"), ("", "dog")}


@pytest.mark.parametrize("validation", ["val", "valid", "validation", "Val"])
def test_train_val_test_are_splits_never_classes(validation: str) -> None:
    places = found("train/cat/1.jpg", "train/dog/2.jpg", f"{validation}/cat/3.jpg", "test/dog/4.jpg")
    assert places == {("train", "cat"), ("train", "dog"), ("validation", "cat"), ("test", "dog")}


def test_train_alone_is_a_split() -> None:
    assert found("train/cat/1.jpg", "train/dog/2.jpg") == {("train", "cat"), ("train", "dog")}


def test_a_class_may_be_called_train() -> None:
    assert found("train/1.jpg", "bus/2.jpg") == {("", "train"), ("", "bus")}


def test_one_wrapping_folder_is_looked_through() -> None:
    assert found("photos/cat/1.jpg", "photos/dog/2.jpg", "readme") == {("", "cat"), ("", "dog")}
    assert found("set/train/cat/1.jpg", "set/train/dog/1.jpg", "set/test/dog/2.jpg") == {
        ("train", "cat"),
        ("train", "dog"),
        ("test", "dog"),
    }


def test_splits_without_train_are_refused() -> None:
    with pytest.raises(DataError, match="no train/"):
        found("val/cat/1.jpg", "test/cat/2.jpg")


def test_splits_without_class_folders_are_refused() -> None:
    with pytest.raises(DataError, match="one folder a class"):
        found("train/1.jpg", "test/2.jpg")


def test_what_lies_beside_is_passed_over_and_said() -> None:
    layout = arrange([("cat", "1"), ("dog", "2"), ("stray.jpg",)], [], "the data")
    assert len(layout.places) == 2
    assert "1 file(s)" in layout.notes[0]
    layout = arrange([("train", "cat", "1"), ("train", "dog", "2"), ("drafts", "cat", "3")], [], "the data")
    assert len(layout.places) == 2
    assert "drafts" in layout.notes[0]


def test_an_empty_class_folder_is_an_error() -> None:
    with pytest.raises(DataError, match=r"'bird'.*holds no photos"):
        found("cat/1.jpg", "dog/2.jpg", empty=("bird",))
    with pytest.raises(DataError, match="'train/bird'"):
        found("train/cat/1.jpg", "train/dog/2.jpg", empty=("train/bird",))


def test_an_empty_folder_inside_a_class_is_none() -> None:
    assert found("cat/1.jpg", "dog/2.jpg", empty=("cat/old",)) == {("", "cat"), ("", "dog")}


@pytest.mark.parametrize("name", ["it's", 'say "hi"', "\U0001f431", "n" * 500, "-rf", "a b", "$HOME", "50%"])
def test_odd_class_names_are_kept(name: str) -> None:
    assert found(f"{name}/1.jpg", "dog/2.jpg") == {("", name), ("", "dog")}


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "a\u2028b", "\x7f", "bad\udcff"])
def test_names_that_fit_no_label_list_are_refused(name: str) -> None:
    with pytest.raises(DataError, match=r"[Rr]ename"):
        found(f"{name}/1.jpg", "dog/2.jpg")


def test_the_two_spellings_of_an_accent_are_one_class() -> None:
    composed, apart = unicodedata.normalize("NFC", "café"), unicodedata.normalize("NFD", "café")
    assert composed != apart
    assert found(f"train/{composed}/1.jpg", "train/tea/2.jpg", f"test/{apart}/3.jpg") == {
        ("train", composed),
        ("train", "tea"),
        ("test", composed),
    }


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX", "._1.jpg", ".git"])
def test_what_systems_leave_behind_is_junk(name: str) -> None:
    assert is_junk(name)


def test_a_text_beside_photos_is_a_sidecar_but_a_photo_named_txt_is_none() -> None:
    assert is_sidecar("labels.csv", b"name,label\n")
    assert not is_sidecar("labels.csv", b"\xff\xd8\xff\xe0")
    assert not is_sidecar("note.jpg", b"just a text")
