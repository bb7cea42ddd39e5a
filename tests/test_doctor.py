"""`builder doctor`: what it says about this machine, and about packages that are absent, broken, fatal or slow."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from builder import doctor
from builder.doctor import Diagnosis, Row
from builder.tools import GROUPS, Answer, Tool, probe


def shown(diagnosis: Diagnosis) -> str:
    """The rendered diagnosis as plain text."""
    console = Console(file=StringIO(), width=200)
    console.print(doctor.render(diagnosis))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def of(*rows: Row) -> Diagnosis:
    """A diagnosis with these rows."""
    return Diagnosis("3.11.7", "Linux x86_64", "", 2, 2**33, "tensorflow", (), rows)


@pytest.mark.slow
def test_this_environment_is_whole() -> None:
    diagnosis = doctor.examine()
    assert [row for row in diagnosis.rows if row.required and row.state != "ok"] == []
    assert not diagnosis.broken
    assert diagnosis.keras_backend in doctor.BACKENDS
    assert {tool.package for group in GROUPS for tool in group} < {row.name for row in diagnosis.rows}


def test_json_says_what_the_table_says(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(
        doctor, "examine", lambda **_: of(Row("keras", "broken", True, "3.15.1", "make install", "ImportError: no"))
    )
    assert doctor.run(json=True) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["broken"] is True
    assert answer["rows"] == [
        {
            "name": "keras",
            "state": "broken",
            "required": True,
            "version": "3.15.1",
            "advice": "make install",
            "reason": "ImportError: no",
        }
    ]
    assert doctor.run(json=False) == 1
    assert "keras (required, broken): ImportError: no. make install." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("required", "state", "broken"),
    [(True, "ok", False), (True, "missing", True), (True, "broken", True), (False, "missing", False), (False, "broken", False)],
)
def test_only_what_is_required_breaks(required: bool, state: doctor.State, broken: bool) -> None:
    assert of(Row("thing", state, required)).broken is broken


def test_a_crash_a_raise_and_a_silence_are_told_apart_and_stop_nobody() -> None:
    tools = [
        Tool("fine", "print('packages may print'); facts['n'] = 3"),
        Tool("raises", "import no_such_module_at_all"),
        Tool("crashes", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"),
        Tool("exits", "import os; os._exit(7)"),
        Tool("fine too", "pass"),
    ]
    answers = probe(tools)
    assert answers["fine"] == Answer("", {"n": 3})
    assert answers["raises"].reason == "ModuleNotFoundError: No module named 'no_such_module_at_all'"
    assert answers["crashes"].reason == "its import ended the process with SIGSEGV"
    assert answers["exits"].reason == "its import ended the process with exit code 7"
    assert answers["fine too"] == Answer()


def test_an_import_that_hangs_is_given_up() -> None:
    answers = probe([Tool("quick", "pass"), Tool("hangs", "import signal; signal.pause()")], timeout_s=2)
    assert answers == {"quick": Answer(), "hangs": Answer("its import took longer than 2 s")}


def test_installed_and_useless_is_broken_absent_is_missing() -> None:
    failed = Answer("ImportError: libEGL.so.1: cannot open shared object file")
    here = doctor.tool_row(Tool("pytest", "", False, "apt install libegl1"), failed)
    assert (here.state, here.reason, here.advice) == ("broken", failed.reason, "apt install libegl1")
    assert here.version == pytest.__version__
    absent = doctor.tool_row(Tool("no-such-package-at-all", "", False, "get it"), failed)
    assert (absent.state, absent.version, absent.advice) == ("missing", "", "get it")


def test_a_required_package_that_is_absent_breaks_the_examination() -> None:
    assert not doctor.examine([[Tool("pytest", "import pytest")]]).broken
    assert doctor.examine([[Tool("no-such-package-at-all", "import no_such_package_at_all")]]).broken


def test_gpu_is_broken_only_where_a_card_goes_unseen() -> None:
    assert doctor.gpu_row([], []).state == "missing"
    assert doctor.gpu_row(["NVIDIA H200"], []).state == "broken"
    assert "requirements-gpu.lock" in doctor.gpu_row(["NVIDIA H200"], []).advice
    assert doctor.gpu_row(["NVIDIA H200"], ["NVIDIA H200"]).state == "ok"


def test_cards_are_read_from_the_drivers_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'NVIDIA H200'\necho 'NVIDIA L4'\n")
    tool.chmod(0o755)
    assert doctor.nvidia_cards() == ("NVIDIA H200", "NVIDIA L4")
    tool.write_text("#!/bin/sh\necho 'no driver'\nexit 9\n")
    assert doctor.nvidia_cards() == ()


def test_what_does_not_work_elsewhere_is_said() -> None:
    assert doctor.platform_note("Linux", "x86_64") == ""
    assert "tflite-support" in doctor.platform_note("Linux", "aarch64")
    assert "Linux on x86-64 only" in doctor.platform_note("Darwin", "arm64")
    assert "WSL2" in doctor.platform_note("Windows", "AMD64")
    assert doctor.platform_row("Windows").state == "broken"
    assert doctor.platform_row("Linux").state == "ok"
    assert doctor.python_row((3, 10)).state == "broken"
    assert doctor.python_row((3, 11)).state == "ok"
    assert doctor.backend_row("torch").state == "broken"


def test_a_backend_that_does_not_import_is_named_as_the_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    row = next(row for row in doctor.examine(groups=()).rows if row.name == "keras backend")
    assert (row.state, row.required, row.version) == ("broken", True, "torch")
    assert "tensorflow or jax" in row.advice


def test_table_tells_how_to_get_what_is_missing() -> None:
    text = shown(of(Row("mediapipe", "missing", False, advice="make install"), Row("keras", "ok", True, "3.15.1")))
    assert "mediapipe (missing): make install." in text
    assert "Builds work here." in text
    assert "Python 3.11.7 · Linux x86_64 · 2 cores · 8.0 GiB of memory" in text


def test_a_package_without_a_probe_is_known_by_its_version_and_imported_by_nobody() -> None:
    rows = {row.name: row for row in doctor.examine([[Tool("pytest"), Tool("no-such-package-at-all", required=False)]]).rows}
    assert (rows["pytest"].state, rows["pytest"].version) == ("ok", pytest.__version__)
    assert rows["no-such-package-at-all"].state == "missing"


def test_the_examination_tells_how_far_it_is() -> None:
    heard: list[tuple[object, object]] = []

    def hear(_event: str, /, **values: object) -> None:
        heard.append((values.get("done"), values.get("total")))

    groups = [[Tool("a", "pass"), Tool("pytest")], [Tool("b", "pass")]]
    doctor.examine(groups, emit=hear)
    assert [pair for pair in heard if pair[0]] == [(1, 2), (2, 2)]
