"""Photos taken one by one: classes, their names, and what a set holds at most."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from PIL import Image

from builder.data import open_source
from builder.errors import ConfigError, DataError
from builder.uploads import webcam
from builder.uploads.sets import PhotoSet, photo_sets


def photo(shade: int, kind: str = "JPEG", side: int = 40) -> bytes:
    """A photo as a browser takes it."""
    file = io.BytesIO()
    Image.new("RGB", (side, side), (shade, 80, 120)).save(file, kind)
    return file.getvalue()


@pytest.fixture
def hands() -> PhotoSet:
    """A set with one class."""
    made = webcam.create("Hands")
    webcam.add_class(made, "open")
    return made


def test_photos_taken_class_by_class_are_what_a_build_reads(hands: PhotoSet) -> None:
    webcam.add_class(hands, "fist")
    for label, start in (("open", 0), ("fist", 100)):
        assert webcam.add_photos(hands, label, [photo(start + 20 * number) for number in range(4)]) == 4
    source = open_source(hands.data)
    assert (source.classes, source.photos) == (("fist", "open"), 8)
    assert photo_sets() == [hands]


def test_two_sets_of_one_title_are_two(hands: PhotoSet) -> None:
    other = webcam.create("Hands")
    assert other.folder != hands.folder
    assert len(photo_sets()) == 2


def test_a_class_keeps_its_photos_under_a_new_name(hands: PhotoSet) -> None:
    webcam.add_photos(hands, "open", [photo(1)])
    assert webcam.rename_class(hands, "open", " Open hand ") == "Open hand"
    assert {name: len(photos) for name, photos in webcam.classes(hands).items()} == {"Open hand": 1}


def test_a_name_may_change_its_case_only(hands: PhotoSet) -> None:
    assert webcam.rename_class(hands, "open", "OPEN") == "OPEN"
    assert list(webcam.classes(hands)) == ["OPEN"]


def test_deleting_the_last_all_and_the_class(hands: PhotoSet) -> None:
    webcam.add_photos(hands, "open", [photo(number) for number in range(5)])
    first = webcam.classes(hands)["open"][:3]
    assert webcam.delete_photos(hands, "open", last=2) == 2
    assert webcam.classes(hands)["open"] == first
    assert webcam.delete_photos(hands, "open") == 3
    webcam.delete_class(hands, "open")
    assert webcam.classes(hands) == {}


@pytest.mark.parametrize(
    "name",
    [
        "../../x<script>",
        "a/b",
        "a\\b",
        "a\nb",
        "a\0b",
        ".hidden",
        "",
        "   ",
        "x" * 81,
        "\U0001f600" * 60,
        "OPEN",
        "Thumbs.db",
        "train",
    ],
)
def test_names_that_no_folder_may_have_are_refused(hands: PhotoSet, name: str) -> None:
    with pytest.raises(ConfigError, match=r"class"):
        webcam.add_class(hands, name)
    assert list(webcam.classes(hands)) == ["open"]
    assert [path.name for path in hands.photos.iterdir()] == ["open"]


@pytest.mark.parametrize("name", ["x<script>", "日本", "say \"hi\" & 'bye'", "[bold]*x*", "naïve"])
def test_odd_names_are_names(hands: PhotoSet, name: str) -> None:
    assert webcam.add_class(hands, name) == name
    assert name in webcam.classes(hands)


@pytest.mark.parametrize("name", ["..", ".", "open/..", "absent", ""])
def test_only_classes_that_there_are_lead_to_a_folder(hands: PhotoSet, name: str) -> None:
    for act in (
        lambda: webcam.add_photos(hands, name, [photo(1)]),
        lambda: webcam.delete_class(hands, name),
        lambda: webcam.delete_photos(hands, name),
        lambda: webcam.rename_class(hands, name, "new"),
    ):
        with pytest.raises(ConfigError, match="no class"):
            act()


@pytest.mark.parametrize("content", [b"", b"no photo", photo(1)[:300], photo(1, "BMP")])
def test_what_is_no_photo_is_not_kept(hands: PhotoSet, content: bytes) -> None:
    with pytest.raises(DataError, match="no photo"):
        webcam.add_photos(hands, "open", [content])
    assert webcam.classes(hands)["open"] == []


def test_a_photo_of_too_many_pixels_is_refused_before_it_is_decoded(hands: PhotoSet) -> None:
    file = io.BytesIO()
    Image.new("L", (8000, 8000)).save(file, "PNG")
    with pytest.raises(DataError, match="pixels"):
        webcam.add_photos(hands, "open", [file.getvalue()])


def test_a_set_is_bounded_in_bytes(hands: PhotoSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_UPLOAD_MAX", "2kB")
    with pytest.raises(DataError, match=r"0.002 MB"):
        webcam.add_photos(hands, "open", [photo(number) for number in range(20)])
    assert hands.total_bytes() <= 2000
    assert webcam.classes(hands)["open"]


def test_a_set_that_was_deleted_meanwhile_is_told(hands: PhotoSet, uploads: Path) -> None:
    hands.delete()
    assert webcam.classes(hands) == {}
    with pytest.raises(ConfigError, match="no class"):
        webcam.add_photos(hands, "open", [photo(1)])
    assert list(uploads.iterdir()) == []


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "AVIF", "ICO"])
def test_no_reader_but_those_of_the_three_formats_sees_a_photo(hands: PhotoSet, kind: str) -> None:
    with pytest.raises(DataError, match="needed is a JPEG or PNG or WEBP"):
        webcam.add_photos(hands, "open", [photo(1, kind)])


@pytest.mark.parametrize("head", [b"\0\0\0\x18ftypheic", b"\xff\xd8\xff\xe0ftypheic"])
def test_bytes_that_look_like_heic_bring_no_reader_of_it(hands: PhotoSet, head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # an import of it would raise
    with pytest.raises(DataError, match="no photo") as raised:
        webcam.add_photos(hands, "open", [head + b"\0" * 64])
    assert "pillow" not in str(raised.value)


def test_where_only_jpeg_is_sent_only_jpeg_is_taken(hands: PhotoSet) -> None:
    with pytest.raises(DataError, match="needed is a JPEG of at most"):
        webcam.add_photos(hands, "open", [photo(1, "PNG")], ("JPEG",))
    assert webcam.add_photos(hands, "open", [photo(1)], ("JPEG",)) == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_of_streamlits_own_camera_is_taken(hands: PhotoSet, kind: str) -> None:
    assert webcam.add_photos(hands, "open", [photo(1, kind)]) == 1


def test_too_many_pixels_are_refused_by_the_head_alone(hands: PhotoSet, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("decoded")

    content = photo(1, side=40)
    monkeypatch.setattr(webcam, "PHOTO_PIXELS_MAX", 40 * 40 - 1)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", never)
    with pytest.raises(DataError, match="pixels"):
        webcam.add_photos(hands, "open", [content])
