"""Tasks that a child may meet when a model file is bad: each takes a request and misbehaves."""

from __future__ import annotations

import os
from typing import Any


def open_crash(_: dict[str, Any]) -> Any:
    """Dies as C++ does on a failed assertion."""
    os.write(2, b"assertion failed: shape.size() == 4\n")
    os.abort()


def open_hang(_: dict[str, Any]) -> Any:
    """Never answers."""
    while True:
        pass


def open_greedy(_: dict[str, Any]) -> Any:
    """Wants 64 GiB."""
    return {"length": len(bytearray(64 * 1024**3))}, None


def open_noisy(_: dict[str, Any]) -> Any:
    """Prints to where answers go, and tells what it was given."""
    os.write(1, b"INFO: created a delegate\n" * 1000)
    return {"environment": dict(os.environ)}, lambda message, payload: ({"heard": message["say"]}, payload[::-1])


def open_flood(_: dict[str, Any]) -> Any:
    """Fills the disk."""
    while True:
        os.write(2, b"x" * 1024**2)
