"""What users get wrong, through the real command: a clear message, exit code 2, no traceback, nothing lost.

Settings are in tests/cli/test_commands.py, full disks and Ctrl-C in tests/test_interruptions.py.
"""

from __future__ import annotations

import json
import stat
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from builder.__main__ import run
from builder.data.archive import FILES_MAX

Maker = Callable[[Path], Path]


def photos(folder: Path, classes: Iterable[str] = ("ash", "oak"), count: int = 12) -> Path:
    """A folder of different photos, each class of another brightness."""
    for number, name in enumerate(classes):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for each in range(count):
            pixels = np.random.default_rng([number, each]).integers(0, 90, (40, 40, 3)) + 40 * number
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{each}.png")
    return folder


def zipped(path: Path, *extra: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    """An archive of a few photos and something else."""
    folder = photos(path.parent / "inside", count=4)
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.png")):
            archive.write(file, file.relative_to(folder))
        for member, content in extra:
            archive.writestr(member, content)
    return path


def link(name: str) -> zipfile.ZipInfo:
    """A member that is a symbolic link."""
    member = zipfile.ZipInfo(name)
    member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return member


def bomb(path: Path) -> Path:
    """An archive whose directory states 10 GiB of zeros, as one of zeros would."""
    with zipfile.ZipFile(zipped(path), "a") as archive:
        archive.writestr("oak/zeros.png", b"\0" * 1000)
        archive.filelist[-1].file_size = 10 * 1024**3
    return path


def crowd(path: Path) -> Path:
    """An archive of 200,000 files: its directory alone, which is what stops it."""
    names = [f"oak/{number}.png".encode() for number in range(200_000)]
    entries = b"".join(struct.pack("<4s6H3L5H2L", b"PK\1\2", *[0] * 9, len(name), *[0] * 6) + name for name in names)
    path.write_bytes(
        entries + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(names) & 0xFFFF, len(names) & 0xFFFF, len(entries), 0, 0)
    )
    return path


def png(width: int, height: int) -> bytes:
    """A PNG that says it is so large; its pixels are never looked at."""
    header = struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    packed = (struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def spoil(folder: Path) -> dict[str, str]:
    """Puts five bad photos into a class; the reason that each one should be given."""
    whole = (folder / "0.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("I am no photo.\n" * 20)
    (folder / "huge.png").write_bytes(png(50_000, 50_000))
    (folder / "lost.jpg").symlink_to("nowhere.jpg")
    return {
        "cut.png": "damaged",
        "empty.jpg": "0 bytes",
        "text.jpg": "text",
        "huge.png": "too many pixels",
        "lost.jpg": "No such file",
    }


def only_bad(folder: Path) -> Path:
    """More bad photos than a build puts up with."""
    spoil(photos(folder, count=3) / "oak")
    return folder


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def with_folder(path: Path) -> Path:
    path.mkdir()
    return path


DATA: dict[str, tuple[Maker, str]] = {
    "missing": (lambda path: path, "There are no photos at"),
    "empty folder": (with_folder, "holds no photos"),
    "no class folders": (lambda path: photos(path / "x", ["."]).parent / "x", "no class folders"),
    "one class": (lambda path: photos(path, ["oak"]), "at least two"),
    "a class with one photo": (lambda path: photos(photos(path), ["elm"], count=1), "'elm'"),
    "a class with two photos": (lambda path: photos(photos(path), ["elm"], count=2), "'elm'"),
    "mostly bad photos": (only_bad, "bad_share_max"),
    "a line break in a class's name": (lambda path: photos(path, ["oak", "two\nlines"]), "rename the folder"),
    "no archive": (lambda path: written(path, b"I am no archive."), "not a .zip archive"),
    "half an archive": (lambda path: written(path, zipped(path).read_bytes()[:2000]), "not a .zip archive"),
    "an archive that climbs": (lambda path: zipped(path, ("../evil.png", b"x")), '".." in it'),
    "an archive that climbs inside": (lambda path: zipped(path, ("oak/../../evil.png", b"x")), '".." in it'),
    "an absolute name": (lambda path: zipped(path, ("/etc/evil.png", b"x")), "an absolute name"),
    "a name with a drive": (lambda path: zipped(path, ("C:\\evil.png", b"x")), "an absolute name"),
    "a link": (lambda path: zipped(path, (link("oak/passwd.png"), b"/etc/passwd")), "a link"),
    "10 GiB of zeros": (bomb, "10,737,4"),
    "200,000 files": (crowd, f"200,000 files; at most {FILES_MAX:,}"),
}


@pytest.mark.parametrize("case", DATA)
def test_data_that_cannot_be_used(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make, phrase = DATA[case]
    place = make(tmp_path / "photos.zip")
    before = sorted(path for path in tmp_path.rglob("*"))
    assert run(["build", "--data", str(place), "--init", "scratch", "--exports", str(tmp_path / "exports"), "--json"]) == 2
    printed = capsys.readouterr()
    assert phrase in printed.err
    assert printed.err.count("Error: ") == 1
    assert "Traceback" not in printed.err
    assert printed.out == ""
    assert sorted(path for path in tmp_path.rglob("*") if tmp_path / "exports" not in (path, *path.parents)) == before
    assert not list((tmp_path / "exports").rglob("report.json"))


YAML: dict[str, tuple[str, str]] = {
    "a list": ("- alpha: 1\n", "mapping"),
    "a word": ("alpha\n", "mapping"),
    "an unknown key": ("alfa: 0.5\n", 'Did you mean "alpha"?'),
    "an unknown key in a section": ("training: {epoch: 3}\n", 'Did you mean "epochs"?'),
    "no YAML": ("alpha: [1, 2\n", "not valid YAML"),
    "a date": ("alpha: 2026-99-99\n", "alpha"),
    "a section that is a number": ("training: 5\n", "training = 5: give a section"),
    "a list that is a word": ("variants: int8\n", "give a list"),
    "a number of 7,000 digits": (f"seed: 0x{'f' * 6000}\n", "too many digits"),
    "lists without end": ("[" * 5000, "nested too deep"),
    "a list inside itself": ("alpha: &a [*a]\n", "nested too deep"),
    "a billion laughs": (
        "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"a{n + 1}: &a{n + 1} [{','.join([f'*a{n}'] * 9)}]\n" for n in range(9))
        + "alpha: *a9\n",
        "nested too deep",
    ),
    "code": ('alpha: !!python/object/apply:os.system ["exit"]\n', "not valid YAML"),
}


@pytest.mark.parametrize("case", YAML)
def test_settings_files_that_cannot_be_used(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, phrase = YAML[case]
    (tmp_path / "mine.yaml").write_text(text)
    for arguments in (["config", str(tmp_path / "mine.yaml")], ["build", "--config", str(tmp_path / "mine.yaml")]):
        assert run(arguments) == 2
        printed = capsys.readouterr()
        assert phrase in printed.err
        assert len(printed.err) < 1500
        assert printed.out == ""


@pytest.mark.parametrize("place", ["/dev/zero", "/", "absent.yaml"])
def test_settings_that_are_no_file(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", place]) == 2
    assert "Give a YAML file of settings" in capsys.readouterr().err


def model_files(models: Path, folder: Path) -> dict[str, Path]:
    """Files that are no whole .tflite."""
    real = (models / "vww_96_int8.tflite").read_bytes()
    scratched = bytearray(real)
    for place in np.random.default_rng(0).integers(len(real) - 60_000, len(real), 400):
        scratched[place] ^= 0xFF
    contents = {
        "cut": real[: len(real) // 2],
        "start": real[:40],
        "scratched": bytes(scratched),
        "random": np.random.default_rng(1).bytes(50_000),
        "empty": b"",
    }
    return {name: written(folder / f"{name}.tflite", content) for name, content in contents.items()} | {"folder": folder}


def test_model_files_that_cannot_be_used(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = photos(tmp_path / "photos")
    for name, path in model_files(models, tmp_path).items():
        for arguments in (
            ["inspect", str(path), "--json"],
            ["predict", str(path), str(data / "oak" / "0.png")],
            ["evaluate", str(path), "--data", str(data), "--json"],
            ["build", "--init", str(path), "--data", str(data), "--exports", str(tmp_path / "exports"), "--json"],
        ):
            assert run(arguments) == 2, (name, arguments)
            printed = capsys.readouterr()
            assert printed.out == "", (name, arguments)
            assert path.name in printed.err
            assert "Traceback" not in printed.err


@pytest.mark.parametrize(
    ("file", "alpha", "phrase"),
    [
        ("vww_96_int8.tflite", "0.25", "training needs a float .tflite"),
        ("mobilenet_v1_0.25_224_float.tflite", "0.5", "alpha 0.25; this build needs alpha 0.5"),
    ],
)
def test_warm_starts_that_do_not_fit_are_told_before_photos_are_decoded(
    file: str, alpha: str, phrase: str, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(photos(tmp_path / "photos"))
    assert run(["build", "--data", data, "--alpha", alpha, "--init", str(models / file), "--exports", str(tmp_path / "e")]) == 2
    said = capsys.readouterr().err
    assert phrase in said
    assert "Photos" not in said


HOSTILE = ("a\"quote's <b>&", "emoji 🖐️🏽", "n" * 250, "comma, semi; %s {x} $HOME", "[bold red]markup", "=cmd|calc")


def test_names_and_bad_photos_go_all_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long = "n" * 500  # no file system takes it, an archive does; and there a slash makes folders inside the class
    folder = photos(tmp_path / "photos", HOSTILE)
    reasons = spoil(folder / HOSTILE[0])
    data = tmp_path / "photos.zip"
    with zipfile.ZipFile(data, "w") as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            label, name = file.relative_to(folder).parts
            archive.write(file, f"{long if label == HOSTILE[2] else label}/sub/{name}")
    labels = sorted({*HOSTILE, long} - {HOSTILE[2]})
    del reasons["lost.jpg"]  # a link that leads nowhere does not get into an archive
    build = ["build", "--data", str(data), "--resolution", "32", "--epochs", "0", "--init", "scratch"]
    assert (
        run([*build, "--variant", "int8", "--exports", str(tmp_path / "exports"), "--title", "ti\udcff\x1b[31mtle", "--json"]) == 0
    )
    report = json.loads(capsys.readouterr().out)
    (made,) = (tmp_path / "exports").iterdir()

    assert report["labels"] == labels
    found = {Path(bad["name"]).name: bad["reason"] for bad in report["dataset"]["bad"]}
    assert found.keys() == reasons.keys()
    for name, reason in reasons.items():
        assert reason in found[name]
    assert (made / "labels.txt").read_text().splitlines() == labels
    page = (made / "report.html").read_text()
    assert "<b>&" not in page
    assert "\x1b" not in page

    assert run(["inspect", str(made / "int8.tflite"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["labels"] == labels
    arguments = ["predict", str(made / "int8.tflite"), str(folder / HOSTILE[1] / "0.png"), "--top", "7"]
    assert run([*arguments, "--json"]) == 0
    assert {each["label"] for each in json.loads(capsys.readouterr().out)["photos"][0]["labels"]} == set(labels)
    assert run(arguments) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in labels if name != long)
    assert "\x1b" not in shown


def command(*arguments: str) -> list[str]:
    """The command as a process of its own."""
    return [sys.executable, "-m", "builder", *arguments]


def test_a_reader_that_stops_reading_is_no_error() -> None:
    for arguments in (["plan", "--classes", "3"], ["plan", "--help"]):
        quoted = " ".join(command(*arguments))
        done = subprocess.run(["bash", "-c", f"{quoted} | true; exit ${{PIPESTATUS[0]}}"], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_no_exit_code(closed: str, tmp_path: Path) -> None:
    good, bad = " ".join(command("plan", "--classes", "3")), " ".join(command("plan", "--alpha", "9"))
    for line, code in ((good, 0), (bad, 2)):
        done = subprocess.run(["bash", "-c", f"{line} {closed}"], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == code
        assert b"Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_full_stdout_is_told() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{' '.join(command('plan', '--json', '--classes', '3'))} > /dev/full"], capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"disk is full" in done.stderr


def test_json_without_utf8_is_json_all_the_same(monkeypatch: pytest.MonkeyPatch, models: Path, tmp_path: Path) -> None:
    photo = tmp_path / "fünf 🖐️.png"
    photo.write_bytes((photos(tmp_path / "photos") / "oak" / "0.png").read_bytes())
    labels = written(tmp_path / "labels.txt", "hänsel\ngrétel\n".encode())
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = subprocess.run(
        command("predict", str(models / "vww_96_int8.tflite"), str(photo), "--labels", str(labels), "--json"),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["photos"][0]["photo"] == str(photo)
