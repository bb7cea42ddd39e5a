"""From photos to three splits, whole."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from builder.data import Dataset, load_photo, open_source, prepare
from builder.errors import DataError

MakeClass = Callable[..., list[Path]]


def prepared(data: Path | str, test_data: Path | None = None, **options: Any) -> Dataset:
    source = open_source(str(data), None if test_data is None else str(test_data))
    return prepare(source, **({"resolution": 32, "channels": 3, "split_seed": 0, "bad_share_max": 0.1} | options))


def test_splits_hold_every_photo_once(two_classes: Path) -> None:
    dataset = prepared(two_classes)
    names = [*dataset.train.names, *dataset.validation.names, *dataset.test.names]
    assert sorted(names) == sorted(f"{path.parent.name}/{path.name}" for path in two_classes.rglob("*.png"))


def test_images_labels_and_names_belong_together(two_classes: Path) -> None:
    dataset = prepared(two_classes)
    for split in (dataset.train, dataset.validation, dataset.test):
        assert split.images.shape == (len(split), 32, 32, 3)
        assert split.labels.dtype == np.int32
        for index, name in enumerate(split.names):
            assert dataset.classes[split.labels[index]] == name.split("/")[0]
            assert (split.images[index] == load_photo(two_classes / name, resolution=32, channels=3)).all()


def test_rows_are_read_by_index(two_classes: Path) -> None:
    images = prepared(two_classes).train.images
    every = np.asarray(images)
    assert every.dtype == np.uint8
    assert len(images) == len(every)
    assert (images[np.array([3, 0, 3])] == every[[3, 0, 3]]).all()
    assert (images[2:5] == every[2:5]).all()
    assert images[-1].shape == (32, 32, 3)


def test_the_split_does_not_depend_on_resolution_or_channels(two_classes: Path) -> None:
    one, other = prepared(two_classes), prepared(two_classes, resolution=48, channels=1)
    assert one.test.names == other.test.names
    assert one.validation.names == other.validation.names


def test_adding_photos_moves_none(two_classes: Path, make_class: MakeClass) -> None:
    before = prepared(two_classes)
    make_class(two_classes / "cat", 40, start=7000)
    after = prepared(two_classes)
    assert set(before.test.names) <= set(after.test.names)
    assert set(before.train.names) <= set(after.train.names)


def test_bad_photos_are_listed_and_skipped(two_classes: Path) -> None:
    folder = two_classes / "cat"
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("a text named .jpg")
    (folder / "cut.png").write_bytes((folder / "00000.png").read_bytes()[:200])
    report = prepared(two_classes).report
    assert (report.photos, report.used) == (53, 50)
    assert [photo.name for photo in report.bad] == ["cat/cut.png", "cat/empty.jpg", "cat/text.jpg"]
    assert "0 bytes" in report.bad[1].reason
    assert any("Skipped 3" in note for note in report.notes)


def test_too_many_bad_photos_stop_and_are_named(two_classes: Path) -> None:
    for number in range(6):
        (two_classes / "cat" / f"bad{number}.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"6 of 56 photos.*bad0.*and 1 more"):
        prepared(two_classes)
    assert len(prepared(two_classes, bad_share_max=0.11).report.bad) == 6


def test_a_class_whose_photos_are_all_bad_is_named(two_classes: Path) -> None:
    (two_classes / "bird").mkdir()
    for number in range(4):
        (two_classes / "bird" / f"{number}.jpg").write_bytes(bytes(number))
    with pytest.raises(DataError, match="'bird'"):
        prepared(two_classes, bad_share_max=1)


def test_copies_are_counted_and_stay_together(two_classes: Path) -> None:
    for number in range(30):
        image = Image.open(two_classes / "cat" / f"{number:05d}.png")
        image.save(two_classes / "cat" / f"copy{number:05d}.bmp")  # other bytes, the same picture
    dataset = prepared(two_classes)
    assert dataset.report.duplicates == 30
    for split in (dataset.train, dataset.validation, dataset.test):
        originals = {name for name in split.names if name.endswith(".png") and name.startswith("cat")}
        copies = {name.replace("copy", "").replace(".bmp", ".png") for name in split.names if "copy" in name}
        assert originals == copies


def test_test_data_are_the_test_split_and_their_copies_leave_training(
    two_classes: Path, tmp_path: Path, make_class: MakeClass
) -> None:
    make_class(tmp_path / "new" / "cat", 5, start=7000)
    make_class(tmp_path / "new" / "dog", 5, start=8000)
    shutil.copy(two_classes / "cat" / "00003.png", tmp_path / "new" / "cat" / "seen.png")
    dataset = prepared(two_classes, tmp_path / "new")
    assert len(dataset.test) == 11
    assert "cat/00003.png" not in dataset.train.names + dataset.validation.names
    assert len(dataset.train) + len(dataset.validation) == 49
    assert any("exact copies" in note for note in dataset.report.notes)


def test_given_splits_are_taken(tmp_path: Path, make_class: MakeClass) -> None:
    sizes = {"train": 8, "valid": 3, "test": 2}
    for number, (split, label) in enumerate((s, c) for s in sizes for c in "ab"):
        make_class(tmp_path / split / label, sizes[split], start=100 * number)
    report = prepared(tmp_path).report
    assert report.per_class == {name: {"train": 8, "validation": 3, "test": 2} for name in "ab"}


def test_imbalance_and_small_classes_are_reported(two_classes: Path, make_class: MakeClass) -> None:
    make_class(two_classes / "bird", 4, start=7000)
    report = prepared(two_classes).report
    assert report.small_classes == ("bird", "dog")
    assert report.imbalance == report.per_class["cat"]["train"] / report.per_class["bird"]["train"]
    assert any("imbalanced" in note for note in report.notes)


def test_the_report_is_json(two_classes: Path) -> None:
    (two_classes / "cat" / "bad.jpg").write_bytes(b"")
    shown = json.loads(json.dumps(prepared(two_classes).report.to_json()))
    assert shown["bad"] == [{"name": "cat/bad.jpg", "reason": "the file is empty (0 bytes)"}]
    assert set(shown) >= {"photos", "used", "duplicates", "per_class", "notes", "imbalance", "small_classes"}


def test_digits() -> None:
    dataset = prepared("digits", channels=1)
    assert dataset.classes == tuple("0123456789")
    assert dataset.report.used == 1797
    assert all(160 < sum(counts.values()) < 190 for counts in dataset.report.per_class.values())
    assert int(np.asarray(dataset.train.images).max()) > 240  # 0..16 was scaled to 0..255


def test_the_real_photos_a_second_time_take_no_time(hands: Path) -> None:
    first = prepared(hands, resolution=128)
    assert first.report.used == 2062
    assert first.report.bad == ()
    seconds = []
    for _ in range(3):
        started = time.monotonic()
        prepared(hands, resolution=128)
        seconds.append(time.monotonic() - started)
    assert min(seconds) < 0.3


def test_renamed_photos_come_in_the_same_order(two_classes: Path, tmp_path: Path) -> None:
    for number, path in enumerate(sorted(two_classes.rglob("*.png"), reverse=True)):
        copy = tmp_path / "renamed" / path.parent.name / f"{number:04}{path.suffix}"
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    one, other = prepared(two_classes), prepared(tmp_path / "renamed")
    assert one.fingerprint == other.fingerprint
    assert (one.train.labels == other.train.labels).all()
    assert (one.train.images[:] == other.train.images[:]).all()
