"""Messages between a process and its child: JSON and bytes, each with its length before it. No pickles: they can run code."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

HEAD = struct.Struct("<QQ")
JSON_BYTES_MAX = 64 * 1024**2
PAYLOAD_BYTES_MAX = 1024**3


def write(stream: BinaryIO, message: dict[str, Any], payload: bytes | memoryview = b"") -> None:
    """Sends one message and flushes."""
    text = json.dumps(message).encode()
    stream.write(HEAD.pack(len(text), len(payload)))
    stream.write(text)
    stream.write(payload)
    stream.flush()


def read(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Receives one message; None when the other side has ended or sends nonsense."""
    head = stream.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    text_bytes, payload_bytes = HEAD.unpack(head)
    if text_bytes > JSON_BYTES_MAX or payload_bytes > PAYLOAD_BYTES_MAX:
        return None
    text, payload = stream.read(text_bytes), stream.read(payload_bytes)
    if len(text) < text_bytes or len(payload) < payload_bytes:
        return None
    message = json.loads(text)
    return (message, payload) if isinstance(message, dict) else None
