"""Sets are listed, renamed and deleted; what is no set is passed over."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest

from builder.errors import ConfigError
from builder.uploads import photo_sets, set_of, take_archive, webcam
from builder.uploads.sets import LEFTOVER_SECONDS, PhotoSet
from tests.data.test_archive import written


@pytest.fixture
def leaves(tmp_path: Path) -> PhotoSet:
    """A set of two classes."""
    names = [f"{label}/{number}.png" for label in ("ash", "oak") for number in range(4)]
    return take_archive("leaves.zip", io.BytesIO(written(tmp_path / "leaves.zip", names).read_bytes()))


def test_a_new_title_leaves_the_photos_where_they_are(leaves: PhotoSet) -> None:
    renamed = leaves.rename("  Autumn \n leaves ")
    assert renamed.title == "Autumn leaves"
    assert renamed.photos == leaves.photos
    assert photo_sets() == [renamed]


@pytest.mark.parametrize("title", ["", " \n ", "x" * 81])
def test_titles_that_nobody_could_read_are_refused(leaves: PhotoSet, title: str) -> None:
    with pytest.raises(ConfigError, match="title"):
        leaves.rename(title)
    assert photo_sets() == [leaves]


def test_a_deleted_set_is_gone(leaves: PhotoSet, uploads: Path) -> None:
    leaves.delete()
    assert photo_sets() == []
    assert list(uploads.iterdir()) == []


def test_a_set_is_found_by_its_photos(leaves: PhotoSet) -> None:
    assert set_of(leaves.data) == leaves
    assert set_of("digits") is None
    assert set_of(str(leaves.folder / "set.json")) is None
    leaves.delete()
    assert set_of(leaves.data) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"kind": "zip", "title": "x", "created": 1, "photos": "../other/leaves.zip"}'])
def test_a_damaged_description_is_passed_over(leaves: PhotoSet, content: str) -> None:
    (leaves.folder / "set.json").write_text(content)
    assert photo_sets() == []


def test_a_damaged_set_is_replaced_by_the_next_upload(leaves: PhotoSet, tmp_path: Path) -> None:
    (leaves.folder / "set.json").write_text("{")
    take_archive("leaves.zip", io.BytesIO((tmp_path / "leaves.zip").read_bytes()))
    assert [each.photos for each in photo_sets()] == [leaves.photos]


def test_what_a_killed_server_left_goes_after_a_day(leaves: PhotoSet, uploads: Path) -> None:
    for name, age in ((".incoming-old", LEFTOVER_SECONDS + 60), (".incoming-new", 60)):
        (uploads / name).mkdir()
        os.utime(uploads / name, (time.time() - age,) * 2)
    assert photo_sets() == [leaves]
    assert {path.name for path in uploads.iterdir()} == {leaves.folder.name, ".incoming-new"}


def test_a_set_that_is_deleted_while_it_is_drawn_has_no_bytes(leaves: PhotoSet) -> None:
    assert leaves.total_bytes() > 0
    hands = webcam.create("Hands")
    webcam.add_class(hands, "open")
    for each in (leaves, hands):
        each.delete()
        assert each.total_bytes() == 0


def test_a_photo_that_vanishes_while_it_is_counted_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    hands = webcam.create("Hands")
    monkeypatch.setattr(Path, "glob", lambda self, _: iter([self / "open" / "gone.jpg"]))
    assert hands.total_bytes() == 0
