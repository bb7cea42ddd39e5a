"""A Ray cluster for the time of a batch: reached or started here, its nodes, and how many workers they take."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from builder import jobs, threads
from builder.batch.workers import WORKER_BYTES
from builder.errors import ConfigError, MissingTool

LOCAL = "local"
AUTO = "auto"
CLIENT = "ray://"
CONNECT_SECONDS = 5.0  # until a port takes a connection
ANSWER_SECONDS = 22.0  # until what listens there has shown itself to be a Ray cluster; both together below half a minute
OBJECT_STORE_BYTES = 80 * 1024**2  # nearly Ray's least: nothing big goes through Ray, files go from disk to storage
ADVICE = "make ray, or: pip install 'mobilenet-builder[ray]'"
NOT_INSTALLED = f"Building on a cluster (--ray) needs Ray, which is not installed. Get it: {ADVICE}"

# No report of its use goes to Ray's makers, and its tips stay away.
# Its client tries three times, the first one for 5 s: the others for 8 s, not 10 s and 15 s, to be through in half a minute.
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_CLIENT_MAX_CONNECTION_TIMEOUT_S": "8",
}
QUIETLY = {"log_to_driver": False, "logging_level": "ERROR"}

# In a process of its own: where nobody answers, Ray tries for minutes and may end the process.
PROBE = f"""
import json, sys, warnings
warnings.simplefilter("ignore")
import ray
try:
    ray.init(sys.argv[1], **{QUIETLY!r})
    print(json.dumps(""))
except BaseException as error:
    print(json.dumps(" ".join(f"{{error}}".split())[:300] or type(error).__name__))
"""


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of the cluster, with what Ray may give away of it."""

    id: str
    cpus: int
    gpus: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Share:
    """What Ray keeps for each worker.

    Args:
        cpus: cores, which are its threads, too.
        per_gpu: workers on a GPU; 0 is no GPU.
        memory_bytes: 0 asks for none.
    """

    cpus: int = 1
    per_gpu: int = 0
    memory_bytes: int = 0

    def options(self) -> dict[str, Any]:
        """For an actor."""
        return {
            "num_cpus": self.cpus,
            "num_gpus": 1 / self.per_gpu if self.per_gpu else 0,
            "memory": self.memory_bytes or None,
        }

    def room(self, node: Node) -> int:
        """How many workers a node takes when nobody else uses it."""
        found = [node.cpus // self.cpus]
        if self.per_gpu:
            found.append(node.gpus * self.per_gpu)
        if self.memory_bytes:
            found.append(node.memory_bytes // self.memory_bytes)
        return min(found)

    def words(self) -> str:
        """For messages."""
        gpu = f", {'a' if self.per_gpu == 1 else f'1/{self.per_gpu} of a'} GPU" if self.per_gpu else ""
        memory = f", {self.memory_bytes / 1024**3:.1f} GiB" if self.memory_bytes else ""
        return f"{self.cpus} CPU{'s' * (self.cpus > 1)}{gpu}{memory}"


def share(nodes: Sequence[Node], workers: int | None, per_gpu: int) -> Share:
    """What each worker gets of the nodes that there are.

    Args:
        nodes: of the cluster.
        workers: how many there shall be; None takes as many as fit, each with a core and some memory, or a part of a GPU.
        per_gpu: how many share a GPU, where there are GPUs.

    Example:
        >>> share([Node("a", cpus=8, gpus=0, memory_bytes=2**34)], workers=2, per_gpu=1).cpus
        4
    """
    with_gpus = [node for node in nodes if node.gpus]
    if with_gpus:
        cpus = min(node.cpus // (node.gpus * per_gpu) for node in with_gpus)
        return Share(max(1, cpus), per_gpu)
    if workers is not None:
        most = max((node.cpus for node in nodes), default=1)
        fitting = (cpus for cpus in range(most, 1, -1) if sum(node.cpus // cpus for node in nodes) >= workers)
        return Share(next(fitting, 1))
    largest = max((node.memory_bytes for node in nodes), default=0)
    return Share(memory_bytes=min(WORKER_BYTES, largest))


def nodes() -> list[Node]:
    """The living nodes of the cluster that this process is connected to."""

    def of(known: dict[str, Any]) -> Node:
        has = known["Resources"]
        return Node(known["NodeID"], int(has.get("CPU", 0)), int(has.get("GPU", 0)), int(has.get("memory", 0)))

    return [of(known) for known in imported().nodes() if known["Alive"]]


@contextlib.contextmanager
def connected(address: str, workers: int | None) -> Iterator[Any]:
    """Ray, connected for the body; a cluster that was started here ends with it.

    Args:
        address: `local` starts a cluster on this machine, `auto` finds the one that this machine is a node of; else `host:port` of
            its head, for a machine that is a node, or `ray://host:port` from any machine.
        workers: that a local cluster shall have room for; None is one a core.

    Raises:
        ConfigError: no cluster answers at the address, within half a minute.
        MissingTool: Ray is not installed, or cannot be started.
    """
    os.environ.update({name: value for name, value in QUIET.items() if name not in os.environ})
    ray = imported()
    if ray.is_initialized():  # by whoever calls us: it is theirs
        yield ray
        return
    with contextlib.ExitStack() as stack:
        if address == LOCAL:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="builder-ray-", ignore_cleanup_errors=True))
            options = local_options(workers, folder)
        else:
            check_answers(address)
            options = {}
        before = signal.getsignal(signal.SIGTERM)
        hush()
        try:
            ray.init(address, **QUIETLY, **options)
        except (ImportError, OSError, RuntimeError, ValueError, TimeoutError) as error:
            raise (MissingTool if address == LOCAL else ConfigError)(
                f"Ray cannot be {'started here' if address == LOCAL else f'reached at {address}'}: {one_line(str(error))}"
            ) from None
        finally:
            with contextlib.suppress(ValueError):  # not in the main thread: then Ray has set none either
                signal.signal(signal.SIGTERM, before)
        stack.callback(ray.shutdown)
        yield ray


def local_options(workers: int | None, folder: str) -> dict[str, Any]:
    """For a cluster of this machine alone, which keeps its files in a folder."""
    return {
        "num_cpus": max(threads.processors(), workers or 1),
        "num_gpus": len(jobs.visible_gpus()),
        "object_store_memory": OBJECT_STORE_BYTES,
        "include_dashboard": False,
        "_temp_dir": folder,
    }


def imported() -> Any:
    """Ray.

    Raises:
        MissingTool: it is not installed.
    """
    try:
        return import_module("ray")
    except ImportError:
        raise MissingTool(NOT_INSTALLED) from None


def check_installed() -> None:
    """Raises `MissingTool` where Ray is not installed, without the seconds that loading it takes."""
    if find_spec("ray") is None:
        raise MissingTool(NOT_INSTALLED)


def hush() -> None:
    """Keeps Ray from printing what befalls nodes on standard output, where it would spoil JSON; there is no public switch."""
    import_module("ray._private.worker")._worker_logs_enabled = False  # type: ignore[attr-defined]


def check_answers(address: str) -> None:
    """Raises `ConfigError` unless a Ray cluster of this Ray's version answers at an address, within half a minute."""
    if address != AUTO:
        host, port = host_and_port(address)
        try:
            socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
        except OSError as error:
            raise ConfigError(
                f"No Ray cluster answers at {address} ({error.strerror or error}). Start one there with `ray start --head`, "
                "or let one be started on this machine: --ray local."
            ) from None
    if address.startswith(CLIENT):  # it gives up by itself, see `QUIET`
        return
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROBE, address], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False
        )
        problem = json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else "it ended Ray's process"
    except subprocess.TimeoutExpired:
        problem = f"nothing that speaks as Ray does within {ANSWER_SECONDS:.0f} s"
    if problem:
        raise ConfigError(
            f"No Ray cluster can be used at {address}: {problem.rstrip('.')}. Its head was started with `ray start --head`; this "
            "machine must be a node of it, or the address begin with ray://."
        )


def host_and_port(address: str) -> tuple[str, int]:
    """Both parts of an address.

    Raises:
        ConfigError: it has not the form of one.
    """
    host, _, port = address.removeprefix(CLIENT).rpartition(":")
    if not host or not (port.isascii() and port.isdecimal()) or not 0 < int(port) < 2**16:
        raise ConfigError(f"--ray takes local, auto, host:port such as 10.0.0.1:6379, or ray://host:10001, not {address!r}.")
    return host.strip("[]"), int(port)


def one_line(text: str) -> str:
    """The first words of what Ray says."""
    return " ".join(text.split())[:300]


@cache
def this_builder() -> str:
    """Which builder this process has: version, what its sources are, Python. Builds of others are others."""
    home = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted((*home.rglob("*.py"), *home.rglob("*.toml"))):
        digest.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes())
    version = metadata.version("mobilenet-builder")
    python = ".".join(platform.python_version_tuple()[:2])
    return f"builder {version} (sources {digest.hexdigest()[:8]}) on Python {python}"
