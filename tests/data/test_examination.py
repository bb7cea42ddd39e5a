"""What photos are like is found out once, in a process that harms nobody, and kept."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from builder.data.cache import clear_cache
from builder.data.examination import KEPT, Examination, examine
from builder.data.examining import Examining
from builder.data.known import known_of
from builder.data.line import Line
from builder.errors import DataError
from tests.data.conftest import MakeClass

pytestmark = pytest.mark.usefixtures("own_cache")


def progress_of(data: Path, resolution: int = 32) -> tuple[Examination, list[str]]:
    """An examination and the names of its events."""
    events: list[str] = []
    found = examine(str(data), resolution=resolution, emit=lambda event, /, **_: events.append(event))
    return found, events


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a photo's file."""
    with Image.open(path) as image:
        return image.size


def test_it_tells_what_a_build_would_find(two_classes: Path) -> None:
    (two_classes / "cat" / "broken.png").write_bytes(b"no photo")
    found = examine(str(two_classes), resolution=32)
    assert found.classes == ("cat", "dog")
    assert (found.photos, found.report.used) == (51, 50)
    assert [photo.name for photo in found.report.bad] == ["cat/broken.png"]
    assert sum(sum(counts.values()) for counts in found.report.per_class.values()) == 50
    assert found.total_bytes == sum(path.stat().st_size for path in two_classes.rglob("*.png"))


def test_samples_are_small_photos_of_every_class(two_classes: Path) -> None:
    Image.new("RGB", (2000, 500), "red").save(two_classes / "dog" / "00000-wide.png")
    found = examine(str(two_classes), resolution=32)
    assert [sample.label for sample in found.samples] == ["cat"] * 6 + ["dog"] * 6
    sizes = [size_of(found.folder / sample.file) for sample in found.samples]
    assert sizes[6] == (128, 32)
    assert max(max(size) for size in sizes) == 128


def test_many_classes_share_the_room_for_samples(tmp_path: Path, make_class: MakeClass) -> None:
    for number in range(40):
        make_class(tmp_path / "many" / f"{number:02d}", 4, start=100 * number)
    found = examine(str(tmp_path / "many"), resolution=32)
    assert len(found.samples) == 80
    assert {sample.label for sample in found.samples} == set(found.classes)


def test_a_second_look_decodes_nothing_whatever_the_resolution(two_classes: Path) -> None:
    first, said = progress_of(two_classes)
    again, said_again = progress_of(two_classes, resolution=224)
    assert "progress" in said
    assert "progress" not in said_again
    assert again == first


def test_another_photo_is_another_examination(two_classes: Path, make_class: MakeClass) -> None:
    examine(str(two_classes), resolution=32)
    make_class(two_classes / "cat", 1, start=500)
    assert examine(str(two_classes), resolution=32).photos == 51


def test_a_bad_photo_under_a_new_name_is_told_by_it(two_classes: Path) -> None:
    (two_classes / "cat" / "old.png").write_bytes(b"no photo")
    examine(str(two_classes), resolution=32)
    (two_classes / "cat" / "old.png").rename(two_classes / "cat" / "new.png")
    assert examine(str(two_classes), resolution=32).report.bad[0].name == "cat/new.png"


@pytest.mark.parametrize("harm", ["cut", "lost"])
def test_a_damaged_examination_is_made_anew(two_classes: Path, harm: str) -> None:
    first = examine(str(two_classes), resolution=32)
    if harm == "cut":
        path = first.folder / "examination.json"
        path.write_text(path.read_text()[:100])
    else:
        (first.folder / first.samples[0].file).unlink()
    again = examine(str(two_classes), resolution=32)
    assert again == first
    assert (again.folder / again.samples[0].file).is_file()


def test_the_oldest_examinations_go(two_classes: Path) -> None:
    first = examine(str(two_classes), resolution=32)
    for number in range(KEPT + 3):
        shutil.copytree(first.folder, first.folder.with_name(f"{number:032x}"))
    examine(str(two_classes), resolution=32, split_seed=1)
    assert len(list(first.folder.parent.iterdir())) == KEPT


def test_clearing_the_cache_clears_examinations(two_classes: Path) -> None:
    folder = examine(str(two_classes), resolution=32).folder
    clear_cache()
    assert not folder.exists()


def test_it_survives_json(two_classes: Path) -> None:
    found = examine(str(two_classes), resolution=32)
    assert Examination.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_photos_that_cannot_be_trained_on_are_refused(tmp_path: Path, make_class: MakeClass) -> None:
    make_class(tmp_path / "one" / "cat", 5)
    with pytest.raises(DataError, match="one class"):
        examine(str(tmp_path / "one"), resolution=32)


def test_the_child_finds_the_same(two_classes: Path) -> None:
    child = Examining(str(two_classes), resolution=32)
    child.wait()
    assert child.result == examine(str(two_classes), resolution=32)
    assert child.problem == ""


def test_the_child_tells_a_refusal_in_the_same_words(tmp_path: Path, make_class: MakeClass) -> None:
    make_class(tmp_path / "one" / "cat", 5)
    child = Examining(str(tmp_path / "one"), resolution=32)
    child.wait()
    assert "one class" in child.problem
    assert child.result is None


def test_a_child_that_was_killed_is_a_problem_not_a_wait_for_ever(two_classes: Path) -> None:
    child = Examining(str(two_classes), resolution=32)
    assert child._process is not None
    child._process.send_signal(signal.SIGKILL)
    child.wait()
    assert "SIGKILL" in child.problem


def test_a_child_that_takes_too_long_is_ended(two_classes: Path) -> None:
    now = [0.0]
    child = Examining(str(two_classes), clock=lambda: now[0], resolution=32)
    assert child._process is not None
    now[0] = 4 * 3600.0
    child._lines.clear()
    assert child.look()
    assert child.result is not None or "three hours" in child.problem
    assert child._process.poll() is not None


def test_dropping_the_value_ends_the_child(two_classes: Path) -> None:
    child = Examining(str(two_classes), resolution=32)
    assert child._process is not None
    number = child._process.pid
    del child
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_the_child_ends_with_the_server(two_classes: Path) -> None:
    server = (
        f"import os, time; from builder.data.examining import Examining; child = Examining({str(two_classes)!r}, resolution=32)\n"
        "child._process.send_signal(19); print(child._process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", server], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        number = int(process.stdout.readline())
        process.kill()
    os.kill(number, signal.SIGCONT)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{number}").exists() and "zombie" not in Path(f"/proc/{number}/status").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_digits_do_not_bring_their_package_into_the_process_that_asks() -> None:
    ask = (
        "import sys; from builder.data.examining import Examining; child = Examining('digits', resolution=32); child.wait()\n"
        "assert child.result.photos == 1797, child.problem; assert 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", ask], check=True)


def test_a_name_tells_what_its_photos_were_when_last_examined(two_classes: Path, make_class: MakeClass) -> None:
    assert known_of(str(two_classes)) is None
    first = examine(str(two_classes), resolution=32)
    known = known_of(str(two_classes))
    assert known is not None
    assert (known.classes, known.photos, known.fingerprint) == (first.classes, first.photos, first.fingerprint)
    make_class(two_classes / "cat", 1, start=500)
    again = examine(str(two_classes), resolution=32)
    known = known_of(str(two_classes))
    assert known is not None
    assert known.fingerprint == again.fingerprint != first.fingerprint


def test_two_names_of_the_same_photos_are_both_known(two_classes: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(two_classes)
    for place in (two_classes, tmp_path / "link"):
        examine(str(place), resolution=32)
    assert known_of(str(two_classes)) == known_of(str(tmp_path / "link")) is not None
    clear_cache()
    assert known_of(str(two_classes)) is None


def test_only_so_many_children_are_at_work_and_the_next_begins_when_one_is_done(two_classes: Path) -> None:
    line = Line(at_once=1)
    first, second = (Examining(str(two_classes), line=line, resolution=32) for _ in range(2))
    assert not first.waits
    assert not second.look()
    assert second.waits
    first.wait()
    second.wait()
    assert second.result == first.result is not None


def test_who_leaves_the_line_starts_no_child(two_classes: Path) -> None:
    line = Line(at_once=1)
    first, second, third = (Examining(str(two_classes), line=line, resolution=32) for _ in range(3))
    second.close()
    first.close()
    assert not second.look()
    third.look()
    assert (second.waits, third.waits) == (True, False)
    third.close()
