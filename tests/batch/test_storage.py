"""Finished builds carried to a shared place and back: whole or not there, once, and taken up again after whatever cut it off."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from builder.batch.place import Place
from builder.batch.storage import deliver, delivered, fetch, is_delivered, probe
from builder.errors import ConfigError, InvalidInput, MissingTool, StorageError
from builder.runs import Run
from tests.batch.deliveries import CARRIED, LEFT, NAME, hidden, there, written


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A finished build on a worker's disk."""
    return written(tmp_path / "worker" / NAME, CARRIED | LEFT)


@pytest.fixture(params=["folder", "url of a folder", "object store"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Somewhere to deliver to."""
    if request.param == "object store":
        yield f"memory://{tmp_path.name}/builds"
        fsspec.filesystem("memory").store.clear()
    else:
        yield ("" if request.param == "folder" else "file://") + str(tmp_path / "shared" / "builds")


class Cut(BaseException):
    """As abrupt as Ctrl-C."""


class Writes:
    """Watches what is written to places, and cuts it off after so many files."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.paths: list[str] = []
        self.allowed = sys.maxsize
        original = Place.write

        def write(place: Place, path: str, content: bytes) -> None:
            if len(self.paths) >= self.allowed:
                raise Cut
            original(place, path, content)
            self.paths.append(path.partition("/")[2])

        patch.setattr(Place, "write", write)


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> Writes:
    """See `Writes`."""
    return Writes(monkeypatch)


def test_what_another_machine_needs_arrives_and_nothing_else(run: Run, place: str) -> None:
    assert not is_delivered(place, NAME)
    assert delivered(place) == ()
    where = deliver(run, place)
    assert where.endswith(f"/builds/{NAME}")
    assert there(place) == CARRIED
    assert is_delivered(place, NAME)
    assert delivered(place) == (NAME,)


def test_the_mark_comes_last_and_records_after_the_files_that_they_name(run: Run, place: str, writes: Writes) -> None:
    deliver(run, place)
    assert writes.paths[-2:] == ["compressed/matrix.json", "report.json"]


def test_a_build_that_is_there_is_not_copied_again(run: Run, place: str, writes: Writes) -> None:
    deliver(run, place)
    writes.allowed = 0
    deliver(run, place)
    assert sorted(writes.paths) == sorted(CARRIED)


@pytest.mark.parametrize("files", [0, 1, 4, len(CARRIED) - 1])
def test_a_copy_that_was_cut_off_is_no_build_and_the_next_call_copies_the_rest(
    run: Run, place: str, writes: Writes, files: int
) -> None:
    writes.allowed = files
    with pytest.raises(Cut):
        deliver(run, place)
    assert not is_delivered(place, NAME)
    assert delivered(place) == ()
    writes.allowed = sys.maxsize
    deliver(run, place)
    assert there(place) == CARRIED
    assert sorted(writes.paths) == sorted(CARRIED)  # each once in all


def test_a_file_that_lies_half_written_or_altered_in_a_store_is_sent_again(run: Run, tmp_path: Path) -> None:
    place = f"memory://{tmp_path.name}"
    store = Place.open(place)
    store.filesystem.pipe_file(store.at(NAME, "int8.tflite"), CARRIED["int8.tflite"][:1000])
    store.filesystem.pipe_file(store.at(NAME, "model.keras"), CARRIED["model.keras"][::-1])
    store.filesystem.pipe_file(store.at(NAME, "float32.tflite"), b"of an earlier try")
    deliver(run, place)
    assert there(place) == CARRIED


def test_another_build_of_the_name_is_replaced_and_never_mixed_with_it(
    run: Run, place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    older = written(tmp_path / "older" / NAME, CARRIED | {"report.json": b'{"older": 1}', "float16.tflite": b"older"})
    deliver(older, place)
    original = Place.write

    def write(at: Place, path: str, content: bytes) -> None:
        assert there(place).get("report.json") in (None, b'{"older": 1}')
        assert is_delivered(place, NAME) == at.is_local  # in a folder the old one stays until it is replaced
        original(at, path, content)

    monkeypatch.setattr(Place, "write", write)
    deliver(run, place)
    assert there(place) == CARRIED
    assert hidden(place) == []


def test_files_that_were_made_since_are_added_and_a_changed_title_stays(run: Run, place: str, writes: Writes) -> None:
    deliver(run, place)
    store = Place.open(place)
    store.filesystem.pipe_file(store.at(NAME, "build.json"), b'{"title": "Renamed"}')
    added = {"compressed/matrix.json": b'{"rows": ["qat"]}', "compressed/qat.tflite": b"qat"}
    written(run.folder, added)
    writes.paths.clear()
    deliver(run, place)
    assert writes.paths == ["compressed/qat.tflite", "compressed/matrix.json"]
    assert there(place) == CARRIED | added | {"build.json": b'{"title": "Renamed"}'}


def test_a_build_comes_back_as_it_was_sent(run: Run, place: str, tmp_path: Path, writes: Writes) -> None:
    deliver(run, place)
    back = fetch(place, NAME, tmp_path / "exports")
    assert back == Run(tmp_path / "exports" / NAME)
    assert back.status() == "done"
    assert there(str(tmp_path / "exports")) == CARRIED
    assert [path.name for path in (tmp_path / "exports").iterdir()] == [NAME]
    writes.allowed = 0
    assert fetch(place, NAME, tmp_path / "exports") == back


def test_a_build_that_is_not_there_is_told_with_those_that_are(run: Run, place: str, tmp_path: Path) -> None:
    deliver(run, place)
    with pytest.raises(InvalidInput, match=f"no finished build .other. .*Builds there: {NAME}"):
        fetch(place, "other", tmp_path)


@pytest.mark.parametrize("name", ["", "..", "../other", "a/b", ".hidden", "a\\b"])
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is no name of a build's folder"):
        fetch(str(tmp_path), name, tmp_path / "exports")


def test_a_build_that_lies_at_the_place_is_left_alone(run: Run, writes: Writes) -> None:
    assert deliver(run, str(run.folder.parent)) == str(run.folder)
    assert writes.paths == []
    assert (run.folder / "training" / "checkpoint.npz").exists()


def test_an_unfinished_build_is_not_delivered(run: Run, place: str) -> None:
    run.report_path.unlink()
    with pytest.raises(InvalidInput, match="is not finished"):
        deliver(run, place)


def test_a_build_that_somebody_makes_at_the_place_is_not_taken_from_them(run: Run, tmp_path: Path) -> None:
    other = Run(tmp_path / "shared" / NAME)
    with other.lock() as taken:
        assert taken
        with pytest.raises(InvalidInput, match="Somebody else is at work in"):
            deliver(run, str(tmp_path / "shared"))
    deliver(run, str(tmp_path / "shared"))  # it died: what it left is set aside
    assert there(str(tmp_path / "shared")) == CARRIED


def test_a_disk_that_alters_what_is_written_is_told(run: Run, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Place.write

    def write(at: Place, path: str, content: bytes) -> None:
        original(at, path, content)
        at.filesystem.pipe_file(at.at(path), b"rubbish")

    monkeypatch.setattr(Place, "write", write)
    with pytest.raises(StorageError, match=r"build\.json of .* arrives at .* otherwise than it was sent"):
        deliver(run, place)
    assert not is_delivered(place, NAME)


def test_a_deliverer_that_is_killed_at_any_moment_leaves_a_whole_build_or_none(run: Run, tmp_path: Path) -> None:
    place, sender = str(tmp_path / "shared"), random.Random(0)
    code = (
        "import sys; from pathlib import Path; import fsspec.implementations.local\n"
        "from builder.batch.storage import deliver; from builder.runs import Run\n"
        "print(flush=True); deliver(Run(Path(sys.argv[1])), sys.argv[2])"
    )
    for _ in range(6):
        process = subprocess.Popen([sys.executable, "-c", code, str(run.folder), place], stdout=subprocess.PIPE)
        assert process.stdout is not None
        with process.stdout:
            process.stdout.readline()
            time.sleep(sender.uniform(0.0, 0.1))  # about as long as it takes
            process.send_signal(signal.SIGKILL)
        process.wait()
        assert delivered(place) in ((), (NAME,))
        assert not is_delivered(place, NAME) or there(place) == CARRIED
    deliver(run, place)
    assert there(place) == CARRIED
    assert hidden(place) == []


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    try:
        command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small disk can be mounted by root only")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_is_told_and_with_room_again_the_same_call_goes_on(run: Run, mounted: Path, writes: Writes) -> None:
    (mounted / "filler").write_bytes(b"\0" * (1_500 * 1024))
    with pytest.raises(StorageError, match=f"The disk is full: {mounted} has no room for {NAME}"):
        deliver(run, str(mounted))
    assert delivered(str(mounted)) == ()
    before = list(writes.paths)
    assert before
    (mounted / "filler").unlink()
    deliver(run, str(mounted))
    assert there(str(mounted)) == CARRIED
    assert sorted(writes.paths) == sorted(CARRIED)


def probed(place: str) -> None:
    with probe(place):
        pass


def test_a_place_that_cannot_be_written_is_told_before_and_while(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("a file")
    place = str(tmp_path / "notes.txt" / "builds")
    for call in (lambda: deliver(run, place), lambda: probed(place)):
        with pytest.raises(StorageError, match=f"{place} cannot be used for"):
            call()


def test_a_place_that_can_be_written_is_left_as_it_was(place: str) -> None:
    probed(place)
    assert delivered(place) == ()
    assert hidden(place) == []


@pytest.mark.parametrize(
    ("place", "phrase"),
    [
        ("nope://somewhere", "nope://somewhere is no place that fsspec knows .*Protocol not known: nope"),
        ("s3://bucket/builds", "s3://bucket/builds cannot be spoken to: Install s3fs .*on every machine"),
        ("  ", "needs a place"),
        ("sftp://me:secret@host/x", r"sftp://me:\*\*\*@host/x cannot be spoken to: .*paramiko"),
    ],
)
def test_a_protocol_that_nobody_here_speaks_is_refused_with_what_to_install(
    run: Run, place: str, phrase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("s3fs", "paramiko"):
        monkeypatch.setitem(sys.modules, package, None)
    for call in (
        lambda: deliver(run, place),
        lambda: is_delivered(place, NAME),
        lambda: delivered(place),
        lambda: probed(place),
    ):
        with pytest.raises(ConfigError, match=phrase):
            call()


def test_without_fsspec_it_is_told_how_to_get_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(MissingTool, match="make ray"):
        deliver(run, str(tmp_path / "shared"))


def test_a_build_that_vanishes_midway_leaves_nothing_that_looks_finished(
    run: Run, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Place.write

    def write(at: Place, path: str, content: bytes) -> None:
        shutil.rmtree(run.folder, ignore_errors=True)
        original(at, path, content)

    monkeypatch.setattr(Place, "write", write)
    with pytest.raises(StorageError):
        deliver(run, place)
    assert not is_delivered(place, NAME)
