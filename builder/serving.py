"""The app's server: what it listens on, what is checked before it starts, and the safe values that it always gets.

Streamlit is imported only when the server starts. Its own settings stand in .streamlit/config.toml beside app.py; what must
not be loosened by a variable or another file of the user is given again here, as an option.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import socket
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import builder
from builder import runs, server_photos
from builder.errors import InvalidInput, MissingTool

EXPORTS = "BUILDER_EXPORTS"
PORT_MAX = 65_535
PORTS_TRIED = 50
LOOPBACK = ("localhost", "127.0.0.1", "::1")
WILDCARDS = ("0.0.0.0", "::", "")  # every address of the machine


@dataclass(frozen=True, slots=True)
class Serving:
    """How to serve.

    Args:
        exports: where builds are kept.
        host: address to listen on.
        port: 1 to 65535.
        photos: visitors may choose folders below this one; None is anywhere on this machine, or nowhere where others listen.
        names: host names that the app is reached by, beside those of this machine.
        browser: opens a browser when the server is up.
    """

    exports: Path
    host: str = "127.0.0.1"
    port: int = 8501
    photos: Path | None = None
    names: tuple[str, ...] = ()
    browser: bool = False

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def address(self) -> str:
        """What to type into a browser."""
        host = socket.gethostname() if self.host in WILDCARDS else self.host
        return f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def scheme(self) -> str:
        """https where a certificate is configured."""
        return "https" if of_streamlit("config.toml").get("server", {}).get("sslCertFile") else "http"


def app_file() -> Path:
    """The app's front door, beside the package.

    Raises:
        InvalidInput: it is not there.
    """
    path = Path(builder.__file__).resolve().parents[1] / "app.py"
    if not path.is_file():
        raise InvalidInput(f"The app is not beside the builder: {path} is missing. Run `make app` in the project's checkout.")
    return path


def of_streamlit(name: str) -> dict[str, dict[str, object]]:
    """What config.toml or secrets.toml beside app.py holds; empty where it is absent or no TOML, which Streamlit tells itself."""
    try:
        return tomllib.loads((app_file().parent / ".streamlit" / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def check(serving: Serving) -> None:
    """Raises before anything is started, with what to change.

    Raises:
        InvalidInput: no app, no such port or address, the port is taken, a folder of photos that is none.
        StorageError: the exports folder cannot be written.
        MissingTool: Streamlit is not installed.
    """
    import importlib.util

    if importlib.util.find_spec("streamlit") is None:
        raise MissingTool("The app needs Streamlit, which is not installed: make install, or: pip install -r requirements.txt")
    app_file()
    check_port(serving.host, serving.port)
    if serving.photos is not None and not serving.photos.is_dir():
        raise InvalidInput(f"--photos {serving.photos} is no folder. Name the folder that holds the sets of photos.")
    runs.check_writable(serving.exports)


def check_port(host: str, port: int) -> None:
    """Raises `InvalidInput` unless a server could listen there now."""
    if not 1 <= port <= PORT_MAX:
        raise InvalidInput(f"--port {port} is no port: it must be from 1 to {PORT_MAX}.")
    reason = refused(host, port)
    if reason is None:
        return
    if reason.errno == errno.EADDRINUSE:
        other = next((near for near in range(port + 1, min(port + PORTS_TRIED, PORT_MAX) + 1) if refused(host, near) is None), None)
        advice = f"builder app --port {other}" if other else "another one with --port"
        raise InvalidInput(
            f"Port {port} is in use, perhaps by an app that is running already: look at http://{host}:{port}, or take {advice}."
        )
    if reason.errno == errno.EACCES:
        raise InvalidInput(f"Port {port} may not be used by this user. Take one from 1024, such as --port 8501.")
    raise InvalidInput(f"--host {host} is no address of this machine ({reason.strerror or reason}). The usual one is 127.0.0.1.")


def refused(host: str, port: int) -> OSError | None:
    """Why a server could not listen there; None where it could."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen(1)
    except OSError as error:
        return error
    except UnicodeError as error:  # a host name that IDNA cannot encode
        return OSError(errno.EINVAL, str(error))
    return None


def signs_in() -> bool:
    """Whether visitors have to sign in: [auth] in .streamlit/secrets.toml."""
    return "auth" in of_streamlit("secrets.toml")


def warning(serving: Serving) -> str:
    """What it means that others can reach the server; empty where they cannot."""
    if serving.local:
        return ""
    who = "Whoever signs in" if signs_in() else "Everybody who can reach this machine"
    photos = f"folders below {serving.photos}" if serving.photos else "no folder of this machine, only what they upload"
    lines = [
        f"The app listens on {serving.host}, not only on this machine. {who} can see, start, stop and delete every build, and "
        f"train on {photos}.",
    ]
    if not signs_in():
        lines.append("There is no sign-in.")
    if serving.scheme == "http":
        lines.append("Nothing is encrypted.")
    return " ".join([*lines, "docs/sharing.md tells how to change that."])


def host_names(serving: Serving) -> tuple[str, ...]:
    """The names in a browser's address bar that the server answers to.

    Any other name is refused, so that a web site cannot point its own name at this machine and read the app (DNS rebinding).
    """
    names = [*LOOPBACK, *serving.names]
    if not serving.local:
        names += [socket.gethostname(), socket.getfqdn(), *own_addresses()]
        names += [serving.host] if serving.host not in WILDCARDS else []
    return tuple(dict.fromkeys(name for name in names if name))


def own_addresses() -> list[str]:
    """This machine's addresses, as far as its own tables tell them; nothing is sent."""
    found = set()
    for family, probe in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):  # reserved for examples
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as route:
                route.connect((probe, 9))
                found.add(str(route.getsockname()[0]))
        except OSError:
            continue
    with contextlib.suppress(OSError):
        found |= {str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(socket.gethostname(), None)}
    return sorted(found)


def has_display() -> bool:
    """Whether a browser could open here, and nobody said that this is an automatic run."""
    shown = sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return shown and not os.environ.get("CI")


def options(serving: Serving) -> list[str]:
    """Streamlit's options; they win over its files and variables."""
    values = {
        "server.address": serving.host,
        "server.port": serving.port,
        "server.headless": not serving.browser,
        "server.enableXsrfProtection": True,
        "server.enableCORS": True,
        "browser.gatherUsageStats": False,
        "server.showEmailPrompt": False,
        "logger.hideWelcomeMessage": True,
        "logger.level": "warning",
    }
    return [f"--{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in values.items()]


def environment(serving: Serving) -> dict[str, str]:
    """What the app's pages read, and the host names; a Streamlit that does not know that option passes over the variable."""
    open_photos = serving.local and server_photos.allowed()
    photos = str(serving.photos.absolute()) if serving.photos else "" if open_photos else server_photos.NOWHERE
    return {
        EXPORTS: str(serving.exports.absolute()),
        server_photos.VARIABLE: photos,
        "STREAMLIT_SERVER_ALLOWED_HOSTS": " ".join(host_names(serving)),
    }


def serve(serving: Serving) -> None:
    """Runs the server in this process until Ctrl-C or SIGTERM; call `check` first."""
    os.environ.update(environment(serving))
    from streamlit import net_util
    from streamlit.web import cli

    # A page from elsewhere that tries to connect would make the server ask a third party for its address, and wait for it.
    net_util.get_external_ip = no_address
    arguments: Sequence[str] = ["run", str(app_file()), *options(serving)]
    cli.main(args=list(arguments), prog_name="streamlit", standalone_mode=False)


def no_address() -> str | None:
    """In place of asking a web service for the address of this machine."""
    return None
