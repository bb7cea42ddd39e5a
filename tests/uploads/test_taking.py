"""An upload becomes a whole set or nothing, and a hostile one nothing."""

from __future__ import annotations

import errno
import io
import stat
import zipfile
from pathlib import Path

import pytest

from builder.data import open_source
from builder.errors import DataError, StorageError
from builder.uploads import bytes_max, photo_sets, take_archive, take_files
from builder.uploads import taking as taking_module
from tests.data.test_archive import png, written

NAMES = [f"{label}/{number}.png" for label in ("ash", "oak") for number in range(4)]


def archive(tmp_path: Path, names: list[str], name: str = "leaves.zip") -> io.BytesIO:
    """A .zip as a browser sends it."""
    return io.BytesIO(written(tmp_path / name, names).read_bytes())


def refused(content: bytes, named: str, uploads: Path) -> None:
    """An upload is refused in words that name what is wrong, and leaves nothing behind."""
    with pytest.raises(DataError, match=named):
        take_archive("leaves.zip", io.BytesIO(content))
    assert list(uploads.iterdir()) == []


def test_an_archive_becomes_a_set_that_builds_can_read(tmp_path: Path) -> None:
    taken = take_archive("My leaves.zip", archive(tmp_path, NAMES))
    assert (taken.title, taken.kind, taken.photos.name) == ("My leaves", "zip", "my-leaves.zip")
    assert open_source(taken.data).classes == ("ash", "oak")
    assert photo_sets() == [taken]


def test_the_same_archive_twice_is_one_set(tmp_path: Path, uploads: Path) -> None:
    content = archive(tmp_path, NAMES).getvalue()
    first = take_archive("a.zip", io.BytesIO(content))
    assert take_archive("b.zip", io.BytesIO(content)) == first
    assert [each.name for each in uploads.iterdir()] == [first.folder.name]


def test_a_folder_becomes_a_set_with_the_names_inside_an_archive(uploads: Path) -> None:
    names = [f"leaves/{name}" for name in NAMES] + ["leaves/.DS_Store"]
    taken = take_files((name, io.BytesIO(png(number))) for number, name in enumerate(names))
    assert (taken.title, taken.kind) == ("leaves", "folder")
    source = open_source(taken.data)
    assert (source.classes, source.photos) == (("ash", "oak"), 8)
    assert sorted(path.name for path in uploads.rglob("*") if path.is_file()) == ["leaves.zip", "set.json"]


def test_the_same_folder_twice_is_one_set_whatever_the_order() -> None:
    files = [(f"leaves/{name}", png(number)) for number, name in enumerate(NAMES)]
    first = take_files((name, io.BytesIO(content)) for name, content in files)
    assert take_files((name, io.BytesIO(content)) for name, content in reversed(files)) == first


@pytest.mark.parametrize(
    "name", ["../evil.png", "a/../../evil.png", "/etc/evil.png", "C:/evil.png", "..\\evil.png", "C:\\evil.png"]
)
def test_names_that_climb_out_are_refused(tmp_path: Path, uploads: Path, name: str) -> None:
    refused(archive(tmp_path, [*NAMES, name]).getvalue(), "evil", uploads)
    with pytest.raises(DataError, match="evil"):
        take_files((each, io.BytesIO(png(1))) for each in [*NAMES, name])
    assert list(uploads.iterdir()) == []


def test_links_are_refused(uploads: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        link = zipfile.ZipInfo("a/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        target.writestr(link, "/etc/passwd")
    refused(content.getvalue(), "a link", uploads)


def test_an_encrypted_archive_is_refused(tmp_path: Path, uploads: Path) -> None:
    content = bytearray(archive(tmp_path, NAMES).getvalue())
    content[content.find(b"PK\x01\x02") + 8] |= 1  # the first bit of the flags in the directory
    refused(bytes(content), "encrypted", uploads)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 but no zip", b"\xff\xd8\xff\xe0" + bytes(500)])
def test_what_is_no_zip_is_refused(uploads: Path, content: bytes) -> None:
    refused(content, r"not a \.zip", uploads)


def test_a_cut_archive_is_refused(tmp_path: Path, uploads: Path) -> None:
    refused(archive(tmp_path, NAMES).getvalue()[:-200], r"not a \.zip", uploads)


def test_an_empty_archive_is_refused(tmp_path: Path, uploads: Path) -> None:
    refused(archive(tmp_path, []).getvalue(), "holds no photos", uploads)


def test_a_bomb_is_refused(uploads: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("a/1.bmp", bytes(1000))
        target.writestr("b/1.bmp", bytes(1000))
        for info in target.filelist:
            info.file_size = 5 * 1024**3  # the directory says what a real bomb's would
    refused(content.getvalue(), "would unpack to", uploads)


@pytest.mark.parametrize("count", [20_001, 200_000])
def test_too_many_files_are_refused(uploads: Path, count: int) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        target.writestr("a/0.png", b"")
        target.filelist *= count
    refused(content.getvalue(), f"{count:,} files", uploads)
    with pytest.raises(DataError, match=f"{count:,} files"):
        take_files((f"a/{number}.png", io.BytesIO()) for number in range(count))


def test_damaged_and_lying_members_are_left_to_the_examination(tmp_path: Path) -> None:
    path = tmp_path / "liar.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for number, name in enumerate(NAMES):
            target.writestr(name, png(number))
        target.writestr("ash/liar.png", bytes(50_000))
        target.filelist[-1].file_size = 1000
    taken = take_archive("liar.zip", io.BytesIO(path.read_bytes()))
    assert [item.name for item in open_source(taken.data).items if item.problem] == ["ash/liar.png"]


def test_more_bytes_than_allowed_are_refused(tmp_path: Path, uploads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_UPLOAD_MAX", "2kB")
    assert bytes_max() == 2000
    refused(archive(tmp_path, NAMES).getvalue(), r"larger than the 0.002 MB", uploads)
    with pytest.raises(DataError, match=r"larger than the 0.002 MB"):
        take_files((name, io.BytesIO(png(1))) for name in NAMES)
    assert list(uploads.iterdir()) == []


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, uploads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(taking_module, "copy", full)
    with pytest.raises(StorageError, match=r"full.*BUILDER_UPLOADS_DIR"):
        take_archive("leaves.zip", archive(tmp_path, NAMES))
    assert list(uploads.iterdir()) == []


def test_a_place_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("BUILDER_UPLOADS_DIR", str(tmp_path / "file" / "uploads"))
    with pytest.raises(StorageError, match="BUILDER_UPLOADS_DIR"):
        take_archive("leaves.zip", archive(tmp_path, NAMES))


@pytest.mark.parametrize(
    ("name", "title"),
    [("../../x<script>.zip", "x<script>"), ("C:\\photos\\a.ZIP", "a"), (".zip", "Photos"), ("a\nb.zip", "a b"), ("", "Photos")],
)
def test_the_name_of_the_file_is_a_title_and_no_path(tmp_path: Path, uploads: Path, name: str, title: str) -> None:
    taken = take_archive(name, archive(tmp_path, NAMES))
    assert taken.title == title
    assert taken.photos.parent.parent == uploads
    assert "<" not in taken.data
