"""A .zip gives what its folder gives; a hostile one is stopped early."""

from __future__ import annotations

import io
import stat
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from builder.data import open_source, prepare
from builder.data.cache import cache_info
from builder.errors import DataError


def zipped(folder: Path, target: Path, prefix: str = "", compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(target, "w", compression) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, prefix + str(path.relative_to(folder)))
    return target


def png(number: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(number).integers(0, 256, (12, 12, 3)).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def written(target: Path, names: list[str]) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for number, name in enumerate(names):
            archive.writestr(name, png(number))
    return target


@pytest.mark.parametrize("prefix", ["", "photos/"])
def test_a_zip_gives_what_its_folder_gives(two_classes: Path, tmp_path: Path, prefix: str) -> None:
    path = zipped(two_classes, tmp_path / "pets.zip", prefix)
    source, folder = open_source(str(path)), open_source(str(two_classes))
    assert source.classes == folder.classes
    assert source.fingerprint == folder.fingerprint
    one = prepare(source, resolution=32, channels=3, split_seed=0, bad_share_max=0)
    other = prepare(folder, resolution=32, channels=3, split_seed=0, bad_share_max=0)
    assert (np.asarray(one.train.images) == np.asarray(other.train.images)).all()


@pytest.mark.usefixtures("own_cache")
def test_pixels_of_a_zip_are_decoded_from_it(two_classes: Path, tmp_path: Path) -> None:
    dataset = prepare(
        open_source(str(zipped(two_classes, tmp_path / "p.zip"))), resolution=32, channels=3, split_seed=0, bad_share_max=0
    )
    assert dataset.report.used == 50
    assert dataset.report.bad == ()


@pytest.mark.usefixtures("own_cache")
def test_a_second_look_unpacks_nothing(two_classes: Path, tmp_path: Path) -> None:
    path = zipped(two_classes, tmp_path / "pets.zip")
    events: list[str] = []
    open_source(str(path), emit=lambda event, /, **_: events.append(event))
    assert events
    events.clear()
    open_source(str(path), emit=lambda event, /, **_: events.append(event))
    assert events == []


def test_given_splits_in_a_wrapped_zip(tmp_path: Path) -> None:
    names = [f"set/{split}/{label}/{n}.png" for split in ("train", "test") for label in "ab" for n in range(5)]
    source = open_source(str(written(tmp_path / "set.zip", [*names, "__MACOSX/set/train/a/._1.png", "set/.DS_Store"])))
    assert source.given == {"train", "test"}
    assert source.photos == 20


def test_backslashes_of_old_windows_tools_separate(tmp_path: Path) -> None:
    path = written(tmp_path / "win.zip", [f"{label}\\{n}.png" for label in "ab" for n in range(3)])
    assert open_source(str(path)).classes == ("a", "b")


def test_class_names_that_no_disk_could_hold(tmp_path: Path) -> None:
    long = "n" * 500
    path = written(tmp_path / "odd.zip", [f"{label}/{n}.png" for label in (long, 'say "hi"', "\U0001f600") for n in range(3)])
    source = open_source(str(path))
    assert set(source.classes) == {long, 'say "hi"', "\U0001f600"}
    assert prepare(source, resolution=32, channels=3, split_seed=0, bad_share_max=0).report.used == 9


@pytest.mark.parametrize(
    "name", ["../evil.png", "a/../../evil.png", "/etc/evil.png", "C:/evil.png", "..\\evil.png", "C:\\evil.png"]
)
def test_names_that_climb_out_are_refused(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "evil.zip", ["a/1.png", "b/1.png", name])
    with pytest.raises(DataError, match="evil"):
        open_source(str(path))


def test_links_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        link = zipfile.ZipInfo("a/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="a link"):
        open_source(str(tmp_path / "link.zip"))


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "secret.zip", ["a/1.png", "b/1.png"])
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1  # the first bit of the flags in the directory: encrypted
    path.write_bytes(content)
    with pytest.raises(DataError, match="encrypted"):
        open_source(str(path))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 but no zip", b"\xff\xd8\xff\xe0" + bytes(500)])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "no.zip").write_bytes(content)
    with pytest.raises(DataError, match=r"not a \.zip"):
        open_source(str(tmp_path / "no.zip"))


def test_a_cut_zip_is_refused(two_classes: Path, tmp_path: Path) -> None:
    path = zipped(two_classes, tmp_path / "cut.zip")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match=r"not a \.zip"):
        open_source(str(path))


@pytest.mark.usefixtures("own_cache")
def test_ten_gigabytes_of_zeros_are_stopped_early(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("a/1.bmp", bytes(1000))
        archive.writestr("b/1.bmp", bytes(1000))
        for info in archive.filelist:
            info.file_size = 5 * 1024**3  # the directory says what a real bomb's would
    started = time.monotonic()
    with pytest.raises(DataError, match="would unpack to"):
        open_source(str(path))
    assert time.monotonic() - started < 1
    assert cache_info().bytes == 0


def test_200_000_files_are_stopped_early(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/0.png", b"")
        archive.filelist *= 200_000
    with pytest.raises(DataError, match="200,000 files"):
        open_source(str(path))


def test_a_member_that_unpacks_to_more_than_it_says_is_a_bad_photo(tmp_path: Path) -> None:
    path = tmp_path / "liar.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(10):
            archive.writestr(f"{'ab'[number % 2]}/{number}.png", png(number))
        archive.writestr("a/liar.png", bytes(50_000_000))
        archive.filelist[-1].file_size = 1000
    tracemalloc.start()
    source = open_source(str(path))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [item.name for item in source.items if item.problem] == ["a/liar.png"]
    assert peak_bytes < 20_000_000


def test_an_empty_zip(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no photos"):
        open_source(str(written(tmp_path / "empty.zip", [])))


def test_a_damaged_member_is_a_bad_photo(tmp_path: Path) -> None:
    path = written(tmp_path / "dmg.zip", [f"{label}/{n}.png" for label in "ab" for n in range(10)])
    content = bytearray(path.read_bytes())
    content[100] ^= 0xFF  # inside the first, stored member: its checksum no longer fits
    path.write_bytes(content)
    report = prepare(open_source(str(path)), resolution=32, channels=3, split_seed=0, bad_share_max=0.1).report
    assert [photo.name for photo in report.bad] == ["a/0.png"]
    assert "CRC" in report.bad[0].reason
