"""The ImageNet weights of keras.applications: from a cache, or from the network the first time."""

from __future__ import annotations

import contextlib
import os
import threading
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any

from builder.architecture import Network
from builder.errors import ModelFileError
from builder.events import Emit
from builder.places import cache_dir

# As keras/src/applications/mobilenet.py (Keras 3.15): one file for each alpha and resolution.
ADDRESS = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet/"
ALPHAS = {1.0: "1_0", 0.75: "7_5", 0.5: "5_0", 0.25: "2_5"}
RESOLUTIONS = (128, 160, 192, 224)

SECONDS_TO_ANSWER = 6.0  # the name is looked up and the server answers
CHUNK_BYTES = 1 << 20


class NotReachable(Exception):
    """The network does not give the file; the text says why."""


def file_name(network: Network) -> str:
    """The file for an alpha, trained at the resolution next to the network's."""
    nearest = min(RESOLUTIONS, key=lambda resolution: (abs(resolution - network.resolution), -resolution))
    return f"mobilenet_{ALPHAS[network.alpha]}_{nearest}_tf_no_top.h5"


def cached(network: Network) -> Path | None:
    """The file where it was fetched before, by this program or by Keras."""
    name = file_name(network)
    keras_home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    places = (cache_dir() / "weights" / name, keras_home / "models" / name)
    return next((path for path in places if path.is_file()), None)


def fetch(network: Network, emit: Emit, *, seconds_to_answer: float = SECONDS_TO_ANSWER) -> Path:
    """Fetches the file into the cache.

    Raises:
        NotReachable: no answer in time, or an error on the way.
    """
    name = file_name(network)
    path = cache_dir() / "weights" / name
    temporary = path.with_name(f".{name}.{os.getpid()}.tmp")
    try:
        with answered(ADDRESS + name, seconds_to_answer) as response:
            size = int(response.headers.get("Content-Length") or 0)
            emit("note", message=f"Fetching the ImageNet weights {name} ({size / 1e6:.1f} MB), once.")
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                while chunk := response.read(CHUNK_BYTES):
                    file.write(chunk)
        if size and temporary.stat().st_size != size:
            raise NotReachable("the connection ended early")
        temporary.replace(path)
    except (OSError, HTTPException) as error:
        raise NotReachable(reason_of(error)) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    return path


def answered(address: str, seconds: float) -> Any:
    """The open response of a server. On a thread, because looking a name up knows no time limit of its own."""
    results: list[Any] = []

    def ask() -> None:
        try:
            results.append(urllib.request.urlopen(address, timeout=seconds))
        except Exception as error:
            results.append(error)

    thread = threading.Thread(target=ask, daemon=True, name="imagenet")
    thread.start()
    thread.join(seconds)
    if not results:
        raise NotReachable(f"no answer within {seconds:g} s")
    if isinstance(results[0], Exception):
        raise NotReachable(reason_of(results[0]))
    return results[0]


def reason_of(error: Exception) -> str:
    """Why the network did not answer, in words: without the number that systems put before theirs."""
    reason = getattr(error, "reason", None) or error
    return str(getattr(reason, "strerror", None) or reason)


def find(network: Network, emit: Emit, **options: float) -> Path:
    """The weights' file, fetched where it must be.

    Raises:
        ModelFileError: there are none for this alpha, or the network does not give them.
    """
    if network.alpha not in ALPHAS:
        known = ", ".join(f"{alpha:g}" for alpha in sorted(ALPHAS))
        raise ModelFileError(
            f"ImageNet weights exist for alpha {known}, not for {network.alpha:g}. "
            "Choose one of these for a warm start; --init scratch does without."
        )
    found = cached(network)
    if found:
        return found
    try:
        return fetch(network, emit, **options)
    except NotReachable as error:
        raise ModelFileError(
            f"The ImageNet weights could not be fetched: {error}. Run the same command once on a connected machine and "
            f"copy {file_name(network)} from there (`builder cache` says where: in weights/) into {cache_dir() / 'weights'}, or "
            "give a model file with --init FILE: nothing helps accuracy as much as a warm start. --init scratch does without."
        ) from None
