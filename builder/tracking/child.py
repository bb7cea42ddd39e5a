"""The process that MLflow lives in: `python -m builder.tracking.child`, spoken to by `tracker`, a line of JSON for a line of JSON.

    {"uri": ..., "experiment": ...}       comes first       -> {} once the store was reached
    {"folder": ..., "tags": {...}}        for each build    -> {"state": "logged" or "already"}

or {"error": reason}, or {"missing": reason} where packages are. What MLflow prints goes to stderr; answers go to the stdout that
this process was born with.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

from builder.errors import BuilderError
from builder.runs import Run
from builder.tracking.entry import Entry
from builder.tracking.store import Store

REASON_LENGTH = 200
CAUSE = re.compile(r"\[Errno -?\d+\] ([A-Z][a-z ]+)")  # at the end of what HTTP clients say, after much else


def main() -> None:
    """Answers lines until the other side ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal; the asker decides what it means
    store: Store | None = None
    for line in sys.stdin:
        asked, answer = json.loads(line), {}
        try:
            if store is None:
                store = Store(asked["uri"], asked["experiment"])
            else:
                answer = log(store, asked)
        except ImportError as error:
            answer = {"missing": plainly(error)}
        except BuilderError as error:
            answer = {"error": str(error)}
        except Exception as error:  # what MLflow raises, and what lies below it, has no common type
            answer = {"error": plainly(error)}
        answers.write(json.dumps(answer) + "\n")
    answers.flush()
    os._exit(0)  # without the shutdown code of the libraries, which may wait for threads


def log(store: Store, asked: dict[str, Any]) -> dict[str, str]:
    """Logs one build."""
    run = Run(Path(asked["folder"]))
    return {"state": "logged" if store.log(run.folder, Entry.of(run, asked["tags"])) else "already"}


def plainly(error: BaseException) -> str:
    """An error in a few words: what the system said where that is known; of a database's what it said, and not the statement."""
    said = " ".join(str(error).partition("\n[SQL:")[0].split()) or type(error).__name__
    causes = CAUSE.findall(said)
    if causes:
        return str(causes[-1]).strip()
    return said if len(said) <= REASON_LENGTH else said[:REASON_LENGTH].rpartition(" ")[0] + " …"


if __name__ == "__main__":
    main()
