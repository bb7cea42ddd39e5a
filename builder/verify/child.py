"""The process in which model files are parsed and run: `python -m builder.verify.child`, spoken to by `isolation`.

Nothing that a file contains can harm the process that asked: this one may crash, hang or eat memory, within its limits. What
interpreters print goes to stderr; answers go to the stdout that this process was born with.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from builder.errors import BuilderError
from builder.verify import frames

Message = dict[str, Any]
Handler = Callable[[Message, bytes], tuple[Message, bytes]]

FILE_BYTES_MAX = 64 * 1024**2  # what it may write anywhere, captured messages included


def main() -> None:
    """Answers messages until the other side ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal; the asker decides what it means
    first = frames.read(sys.stdin.buffer)
    if first is None:
        return
    request, _ = first
    limit(request.get("memory_bytes"))
    handler: Handler | None = None
    message: tuple[Message, bytes] | None = first
    while message is not None:
        try:
            if handler is None:
                module, _, name = request["task"].partition(":")
                answer, handler = getattr(importlib.import_module(module), name)(request)
                payload = b""
            else:
                answer, payload = handler(*message)
        except BuilderError as error:
            answer, payload = {"error": str(error)}, b""
        except MemoryError:
            answer, payload = {"failed": "it needs more memory than is allowed"}, b""
        except Exception as error:  # what interpreters raise on bad models has no common type
            answer, payload = {"failed": f"{type(error).__name__}: {error}"}, b""
        frames.write(answers, answer, payload)
        if "error" in answer or "failed" in answer:
            break
        message = frames.read(sys.stdin.buffer)
    answers.flush()
    os._exit(0)  # without the shutdown code of the interpreters: some of them hang or crash in it


def limit(memory_bytes: int | None, file_bytes: int | None = FILE_BYTES_MAX) -> None:
    """Limits address space, file size and core dumps where the system can; None leaves one as it is."""
    try:
        import resource
    except ImportError:  # Windows
        return
    wanted = [(resource.RLIMIT_CORE, 0)]
    if file_bytes:
        wanted.append((resource.RLIMIT_FSIZE, file_bytes))
    if memory_bytes:
        wanted.append((resource.RLIMIT_AS, memory_bytes))
    for what, most in wanted:
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(what, (most, most))
        except (OSError, ValueError):  # macOS refuses some
            continue


if __name__ == "__main__":
    main()
