"""The child process in which a file that nobody vouches for is slimmed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from builder import tflite_file
from builder.slim.slimming import slim

TASK = "builder.slim.child:open_slim"


def open_slim(request: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """What slimming found first; then, when asked, the slim file."""
    made = slim(tflite_file.load(request["file"]), request["flavour"], request["file"], with_plan=request["with_plan"])
    facts = {
        "before_bytes": made.before_bytes,
        "after_bytes": len(made.content),
        "changed": made.changed,
        "reason": made.reason,
        "activations": None if made.activations is None else asdict(made.activations),
    }

    def handle(_message: dict[str, Any], _payload: bytes) -> tuple[dict[str, Any], bytes]:
        return {}, made.content

    return facts, handle
