"""A real server, as `builder app` starts it: who can reach it, what it refuses, what it holds in memory, how it ends."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.serving import ROOT, Server, free_port
from tests.data.test_archive import written

HELD_BEFORE_ANY_BUILD = 400 * 1024**2  # bytes
HEAVY = ("tensorflow", "keras", "tf_keras", "tensorflow_model_optimization", "jax", "mediapipe")

# Every page at every link in a fresh process, as the server runs them; then what came along, and which photos that process listed.
# Once the Data page's look at the photos is over, Design is opened again. The set that would be downloaded is not waited for.
ALL_PAGES = """
import json, sys, time
from streamlit.testing.v1 import AppTest
from builder.data import source
from builder.errors import DataError
from ui.navigation import PAGES, path
def listed_here(data, emit):
    listed.append(data)
    raise DataError("listed by the server")
listed, wrong = [], {}
source.list_photos = listed_here
def checked(app, place):
    if app.exception:
        wrong[place] = [problem.value for problem in app.exception]
for link in json.loads(sys.argv[1]):
    app = AppTest.from_file("app.py", default_timeout=60)
    for name, value in link.items():
        app.query_params[name] = value
    checked(app.run(), f"{link}")
    for name, _, _ in PAGES:
        app.switch_page(path(name)).run()
        checked(app, f"{name} {link}")
    if link.get("data", "keras:").startswith("keras:"):
        continue
    app.switch_page(path("data")).run()
    while any(button.label == "Stop looking" for button in app.button):
        time.sleep(0.2)
        app.run()
    app.switch_page(path("design")).run()
    checked(app, f"design again {link}")
    if app.session_state["design-photos"].labels is None:
        wrong[f"{link}"] = "no labels"
print(json.dumps({"modules": sorted(sys.modules), "wrong": wrong, "listed": listed}))
"""

# What Streamlit would have served with, in place of serving.
SETTINGS = """
import json, os, sys
from streamlit import config
from streamlit.web import bootstrap
from builder.__main__ import run
NAMES = ("address", "enableXsrfProtection", "enableCORS", "maxUploadSize", "allowedHosts")
def tell(*_):
    values = {f"server.{name}": config.get_option(f"server.{name}") for name in NAMES}
    values["browser.gatherUsageStats"] = config.get_option("browser.gatherUsageStats")
    print(json.dumps(values | {name: os.environ[name] for name in ("BUILDER_EXPORTS", "BUILDER_APP_PHOTOS")}))
bootstrap.run = tell
sys.exit(run(["app", *sys.argv[1:]]))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that only ask it; variables that would loosen it are set and must not count."""
    base = tmp_path_factory.mktemp("server")
    loose = {"STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION": "false", "STREAMLIT_SERVER_ENABLE_CORS": "false"}
    started = Server(base, base / "cache", STREAMLIT_SERVER_ALLOWED_HOSTS="*", STREAMLIT_SERVER_ADDRESS="0.0.0.0", **loose)
    started.start()
    yield started
    started.kill()


def handshake(server: Server, host: str, origin: str) -> int:
    """What the server answers to a page that wants to talk to it; 101 lets it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    headers = {"Host": host, "Origin": origin, "Upgrade": "websocket", "Connection": "Upgrade"}
    headers |= {
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "streamlit",
    }
    connection.putrequest("GET", "/_stcore/stream", skip_host=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    with contextlib.closing(connection):
        return connection.getresponse().status


def test_it_listens_on_this_machine_only(server: Server) -> None:
    with socket.socket() as other:
        other.settimeout(5)
        assert other.connect_ex(("127.0.0.1", server.port)) == 0
    with socket.socket() as other:  # another address of the same machine: a server on 0.0.0.0 would answer there
        other.settimeout(5)
        assert other.connect_ex(("127.0.0.2", server.port)) != 0


def test_its_own_page_may_talk_to_it(server: Server) -> None:
    for name in ("127.0.0.1", "localhost"):
        assert handshake(server, f"{name}:{server.port}", f"http://{name}:{server.port}") == 101


def test_a_site_that_points_its_own_name_at_this_machine_is_refused(server: Server) -> None:
    assert handshake(server, f"elsewhere.example:{server.port}", f"http://elsewhere.example:{server.port}") == 403


def test_a_page_from_elsewhere_is_refused(server: Server) -> None:
    assert handshake(server, f"127.0.0.1:{server.port}", "https://elsewhere.example") == 403


def test_an_upload_without_the_token_is_refused(server: Server) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\nPK\r\n--b--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
        connection.request("PUT", "/_stcore/upload_file/session/file", body, headers)
        answer = connection.getresponse()
        assert (answer.status, b"XSRF" in answer.read()) == (403, True)


def test_its_memory_before_any_build(server: Server) -> None:
    assert server.resident_bytes() <= HELD_BEFORE_ANY_BUILD


def test_a_second_one_on_the_same_port_names_the_port_and_the_flag(server: Server, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "builder", "app", "--port", str(server.port), "--exports", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert f"Port {server.port} is in use" in done.stderr
    assert "builder app --port " in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_it_without_a_traceback(tmp_path: Path) -> None:
    server = Server(tmp_path, tmp_path / "cache")
    server.start()
    assert server.process is not None
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(20) in (0, 130)
    said = server.output.read_text()
    assert server.url in said
    assert "Ctrl-C ends it; running builds go on." in said
    assert "Traceback" not in said


@pytest.mark.parametrize("more", [[], ["--host", "0.0.0.0", "--name", "models.example"]])
def test_its_settings_hold_wherever_it_is_started(more: list[str], tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text("[server]\nmaxUploadSize = 9999\nenableXsrfProtection = false\n")
    command = [sys.executable, "-c", SETTINGS, "--port", str(free_port()), "--exports", str(tmp_path / "exports"), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60)
    assert done.returncode == 0, done.stderr
    values = json.loads(done.stdout.splitlines()[-1])
    hosts = values.pop("server.allowedHosts")
    assert values == {
        "server.address": "0.0.0.0" if more else "127.0.0.1",
        "server.enableXsrfProtection": True,
        "server.enableCORS": True,
        "server.maxUploadSize": 300,
        "browser.gatherUsageStats": False,
        "BUILDER_EXPORTS": str(tmp_path / "exports"),
        "BUILDER_APP_PHOTOS": "none" if more else "",
    }
    assert hosts[:3] == ["localhost", "127.0.0.1", "::1"]
    assert "*" not in hosts
    assert ("models.example" in hosts) == (socket.gethostname() in hosts) == bool(more)
    assert ("There is no sign-in. Nothing is encrypted." in done.stderr) == bool(more)


def test_no_page_brings_a_training_framework_or_lists_photos_whatever_the_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILDER_EXPORTS", str(tmp_path / "exports"))
    monkeypatch.setenv("BUILDER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("BUILDER_APP_PHOTOS", "")
    names = [f"{label}/{number}.png" for label in ("ash", "oak") for number in range(6)]
    archive = written(tmp_path / "leaves.zip", names)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "leaves")
    (tmp_path / "first.keras").write_bytes(b"PK")
    links: list[dict[str, str]] = [
        {},
        {"data": "digits"},
        {"data": str(tmp_path / "leaves")},
        {"data": str(archive)},
        {"init": str(tmp_path / "first.keras")},
        {"data": "keras:mnist", "init": str(tmp_path / "first.keras")},
    ]
    command = [sys.executable, "-c", ALL_PAGES, json.dumps(links)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert (answer["wrong"], answer["listed"]) == ({}, [])
    assert {name.partition(".")[0] for name in answer["modules"]} & {*HEAVY, "sklearn"} == set()
