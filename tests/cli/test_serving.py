"""`builder app`: what is refused before a server starts, and what it warns of."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder import server_photos, serving
from builder.__main__ import run
from builder.errors import DataError
from builder.serving import Serving


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Serving]:
    """What would have been served, in place of serving; the environment and Streamlit stay as they are."""
    asked: list[Serving] = []
    monkeypatch.setattr(serving, "serve", asked.append)
    return asked


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        yield other.getsockname()[1]


def test_a_port_in_use_is_named_with_the_flag_and_a_free_one(
    taken: int, tmp_path: Path, served: list[Serving], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["app", "--port", str(taken), "--exports", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert f"Port {taken} is in use" in said
    assert "builder app --port " in said
    assert served == []


@pytest.mark.parametrize("port", ["0", "-1", "65536", "99999999999999999999"])
def test_a_port_out_of_range_is_refused(port: str, served: list[Serving], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["app", "--port", port]) == 2
    assert f"--port {port} is no port: it must be from 1 to 65535." in capsys.readouterr().err
    assert served == []


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid", "a" * 70 + ".example", "::g"])
def test_an_address_of_another_machine_is_refused(
    host: str, tmp_path: Path, served: list[Serving], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["app", "--host", host, "--exports", str(tmp_path)]) == 2
    assert f"--host {host} is no address of this machine" in capsys.readouterr().err
    assert served == []


def test_exports_that_cannot_be_written_are_refused(
    free_port: str, tmp_path: Path, served: list[Serving], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "exports").write_text("a file where a folder is needed")
    assert run(["app", "--port", free_port, "--exports", str(tmp_path / "exports")]) == 2
    assert "--exports DIR" in capsys.readouterr().err
    assert served == []


def test_a_folder_of_photos_that_is_none_is_refused(
    free_port: str, tmp_path: Path, served: list[Serving], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["app", "--port", free_port, "--exports", str(tmp_path), "--photos", str(tmp_path / "absent")]) == 2
    assert f"--photos {tmp_path / 'absent'} is no folder" in capsys.readouterr().err
    assert served == []


def test_a_checkout_without_the_app_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: list[Serving], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("builder.__file__", str(tmp_path / "builder" / "__init__.py"))
    assert run(["app"]) == 2
    assert f"{tmp_path / 'app.py'} is missing" in capsys.readouterr().err
    assert served == []


def test_places_are_made_absolute(
    free_port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: list[Serving], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    assert run(["app", "--port", free_port, "--exports", "mine", "--photos", "photos"]) == 0
    assert (served[0].exports, served[0].photos) == (tmp_path / "mine", tmp_path / "photos")
    printed = capsys.readouterr()
    assert printed.err == ""
    assert f"The app is at http://127.0.0.1:{free_port} and keeps builds in {tmp_path / 'mine'}." in printed.out


def test_variables_stand_in_for_options(
    free_port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: list[Serving]
) -> None:
    monkeypatch.setenv("BUILDER_EXPORTS", str(tmp_path / "there"))
    monkeypatch.setenv("BUILDER_APP_PHOTOS", str(tmp_path))
    assert run(["app", "--port", free_port]) == 0
    assert (served[0].exports, served[0].photos) == (tmp_path / "there", tmp_path)


def test_no_browser_opens_in_an_automatic_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("CI", raising=False)
    assert serving.has_display()
    monkeypatch.setenv("CI", "true")
    assert not serving.has_display()


def test_letting_others_in_is_warned_of_and_closes_the_folders_of_the_machine(
    free_port: str, tmp_path: Path, served: list[Serving], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["app", "--port", free_port, "--exports", str(tmp_path), "--host", "0.0.0.0"]) == 0
    said = capsys.readouterr().err
    assert "Everybody who can reach this machine can see, start, stop and delete every build" in said
    assert "There is no sign-in. Nothing is encrypted. docs/sharing.md" in said
    assert serving.environment(served[0])["BUILDER_APP_PHOTOS"] == "none"


def test_a_machine_by_itself_needs_no_warning(tmp_path: Path) -> None:
    for host in ("127.0.0.1", "127.0.0.2", "localhost", "::1"):
        assert serving.warning(Serving(tmp_path, host)) == ""


def test_any_folder_can_be_chosen_where_nothing_confines_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUILDER_APP_PHOTOS", raising=False)
    assert server_photos.allowed()
    assert server_photos.check(tmp_path) == tmp_path.resolve()


def test_no_folder_can_be_chosen_where_none_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_APP_PHOTOS", "none")
    assert not server_photos.allowed()
    with pytest.raises(DataError, match="opens none of its folders"):
        server_photos.check(tmp_path)


@pytest.mark.parametrize("named", ["..", "/", "in/../../other", "link", "a\0b"])
def test_only_what_is_below_the_root_can_be_chosen(named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top = tmp_path / "top"
    (top / "in").mkdir(parents=True)
    (top / "link").symlink_to(tmp_path)
    monkeypatch.setenv("BUILDER_APP_PHOTOS", str(top))
    assert server_photos.check("in") == (top / "in").resolve()
    with pytest.raises(DataError, match=r"outside of|no path"):
        server_photos.check(named)


@pytest.fixture
def free_port() -> str:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def no_places_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of whoever runs the tests do not count."""
    for name in [name for name in os.environ if name in ("BUILDER_EXPORTS", "BUILDER_APP_PHOTOS")]:
        monkeypatch.delenv(name)
