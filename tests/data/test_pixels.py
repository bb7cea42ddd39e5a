"""Decoded once, resized once, kept on disk; never wrong after a kill."""

from __future__ import annotations

import hashlib
import io
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from builder.data import load_photo, open_source, prepare
from builder.data.photo import Photo
from builder.data.pixels import decode_one, decoded, pixel_hash
from builder.errors import DataError, StorageError

MakeClass = Callable[..., list[Path]]


def silent(event: str, /, **values: object) -> None:
    """Drops every event."""


@pytest.mark.usefixtures("own_cache")
def test_progress_counts_photos_and_a_second_look_decodes_none(two_classes: Path) -> None:
    events: list[dict] = []
    items = open_source(str(two_classes)).items
    decoded(items, 32, 3, lambda _, /, **values: events.append(values))
    assert events[-1] == {"stage": "data", "done": 50, "total": 50, "unit": "photos"}
    events.clear()
    decoded(items, 32, 3, lambda _, /, **values: events.append(values))
    assert events == []


def test_pixels_equal_those_of_load_photo(two_classes: Path) -> None:
    items = open_source(str(two_classes)).items
    pixels = decoded(items, 40, 1, silent)
    for item in items[::7]:
        expected = load_photo(two_classes / item.name, resolution=40, channels=1)
        assert (pixels.rows[pixels.row[item.digest]] == expected).all()


def test_pixels_lie_on_disk_not_in_memory(two_classes: Path) -> None:
    pixels = decoded(open_source(str(two_classes)).items, 32, 3, silent)
    assert isinstance(pixels.rows, np.memmap)
    assert not pixels.rows.flags.writeable


def test_each_resolution_and_each_number_of_channels_is_its_own_entry(two_classes: Path) -> None:
    items = open_source(str(two_classes)).items
    shapes = {decoded(items, size, channels, silent).rows.shape for size in (32, 48) for channels in (1, 3)}
    assert shapes == {(50, size, size, channels) for size in (32, 48) for channels in (1, 3)}


def test_the_hash_of_pixels_is_the_same_at_every_resolution(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    Image.fromarray(noise).resize((1600, 1400)).save(tmp_path / "large.jpg")

    class Origin:
        def read(self, key: str) -> bytes:
            return (tmp_path / key).read_bytes()

    content = (tmp_path / "large.jpg").read_bytes()
    photo = Photo("large.jpg", "a", "", hashlib.sha256(content).hexdigest(), Origin(), "large.jpg")
    hashes = {decode_one(photo, resolution, channels)[1] for resolution in (32, 224, 512) for channels in (1, 3)}
    assert len(hashes) == 1


def test_the_hash_is_of_the_picture_not_of_the_file() -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (9, 7, 3)).astype(np.uint8))
    hashes = set()
    for kind in ("PNG", "BMP", "TIFF", "WEBP"):
        file = io.BytesIO()
        image.save(file, kind, lossless=True)
        hashes.add(pixel_hash(Image.open(file).convert("RGB")))
    assert len(hashes) == 1
    assert pixel_hash(image) in hashes
    assert pixel_hash(image.transpose(Image.Transpose.ROTATE_90)) not in hashes


@pytest.mark.usefixtures("own_cache")
def test_a_photo_that_changes_meanwhile_is_never_kept_under_its_old_name(two_classes: Path) -> None:
    items = open_source(str(two_classes)).items
    (two_classes / items[0].name).write_bytes((two_classes / items[1].name).read_bytes())
    with pytest.raises(DataError, match=r"was changed while"):
        decoded(items, 32, 3, silent)


@pytest.mark.parametrize("name", ["pixels.bin", "index.json"])
def test_an_entry_that_a_power_cut_damaged_is_made_anew(two_classes: Path, own_cache: Path, name: str) -> None:
    items = open_source(str(two_classes)).items
    pixels = decoded(items, 32, 3, silent)
    expected = np.array(pixels.rows)
    pixels.lease.close()
    path = next((own_cache / "photos").glob(f"*/{name}"))
    path.write_bytes(path.read_bytes()[:-100])
    assert (decoded(items, 32, 3, silent).rows == expected).all()


@pytest.mark.usefixtures("own_cache")
def test_a_photo_that_vanishes_meanwhile_is_said(two_classes: Path) -> None:
    items = open_source(str(two_classes)).items
    (two_classes / items[0].name).unlink()
    with pytest.raises(DataError, match="can no longer be read"):
        decoded(items, 32, 3, silent)


@pytest.mark.usefixtures("own_cache")
def test_a_write_that_fails_halfway_is_a_message(two_classes: Path) -> None:
    """A limit on file sizes stands in for a full disk: the first write past it fails with an error of the system."""
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from builder.data import open_source, prepare; from builder.errors import StorageError\n"
        f"source = open_source({str(two_classes)!r}); resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: prepare(source, resolution=96, channels=3, split_seed=0, bad_share_max=0)\n"
        "except StorageError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "BUILDER_CACHE_DIR" in done.stdout
    assert not list(Path(os.environ["BUILDER_CACHE_DIR"]).rglob("*.partial"))


def test_memory_stays_bounded(tmp_path: Path, make_class: MakeClass, monkeypatch: pytest.MonkeyPatch) -> None:
    """200 photos of 512 x 512 px are 157 MB decoded; a process that may use 100 MB more than it has must manage."""
    for number, label in enumerate("ab"):
        make_class(tmp_path / "data" / label, 100, start=1000 * number)
    monkeypatch.setenv("BUILDER_CACHE_DIR", str(tmp_path / "cache"))
    program = (
        "import resource\n"
        "from builder.data import open_source, prepare\n"
        f"source = open_source({str(tmp_path / 'data')!r})\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "prepare(source, resolution=512, channels=3, split_seed=0, bad_share_max=0)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100


@pytest.mark.usefixtures("own_cache")
def test_killed_at_any_moment_the_next_run_has_every_pixel_right(two_classes: Path) -> None:
    program = (
        "from builder.data import open_source, prepare\n"
        "print('started', flush=True)\n"
        f"source = open_source({str(two_classes)!r})\n"
        "say = lambda event, /, **values: print(event, flush=True)\n"
        "import builder.data.progress; builder.data.progress.SECONDS_BETWEEN = 0\n"
        "prepare(source, resolution=64, channels=3, split_seed=0, bad_share_max=0, emit=say)\n"
    )
    dice = random.Random(0)
    for _ in range(6):
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(dice.randrange(1, 50)):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
    dataset = prepare(open_source(str(two_classes)), resolution=64, channels=3, split_seed=0, bad_share_max=0)
    assert dataset.report.used == 50
    for index in range(len(dataset.test)):
        expected = load_photo(two_classes / dataset.test.names[index], resolution=64, channels=3)
        assert (dataset.test.images[index] == expected).all()


def test_a_cache_that_cannot_be_made_is_a_message(two_classes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BUILDER_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(StorageError, match="BUILDER_CACHE_DIR"):
        open_source(str(two_classes))
