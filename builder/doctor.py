"""What this machine has for a build: versions, Keras backend, GPUs, optional tools, and how to get what is missing."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from builder.errors import EXIT_BROKEN, EXIT_DONE
from builder.events import Emit, silent
from builder.tools import GROUPS, Answer, Tool, probe

if TYPE_CHECKING:
    from rich.console import RenderableType

State = Literal["ok", "missing", "broken"]

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)
BACKENDS = ("tensorflow", "jax")
GPU_ADVICE = (
    "Training runs on the CPU. For TensorFlow: make gpu, or pip install --no-deps -r requirements-gpu.lock. For JAX: make gpu-jax, "
    "or pip install --no-deps -r requirements-gpu-jax.lock, and set KERAS_BACKEND=jax"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at.

    Args:
        name: what it is called where one installs it.
        state: `ok`; `missing`: not there; `broken`: there, and does not work.
        required: whether builds need it.
        version: empty when it is missing or has none.
        advice: how to get it or mend it; empty when all is well.
        reason: what went wrong, in the words of the package.
    """

    name: str
    state: State
    required: bool
    version: str = ""
    advice: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What `builder doctor` found.

    Args:
        python: version of the running Python.
        platform: operating system and processor, such as `Linux x86_64`.
        platform_note: what does not work here; empty on Linux on x86-64.
        cores: processor cores that this process may use.
        memory_bytes: memory that this process may use; 0 where unknown.
        keras_backend: `tensorflow`, `jax` or another; empty when Keras does not import.
        gpus: names of the GPUs that this backend sees.
        rows: everything that was looked at.
    """

    python: str
    platform: str
    platform_note: str
    cores: int
    memory_bytes: int
    keras_backend: str
    gpus: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def broken(self) -> bool:
        """Whether something that builds need is absent or does not work."""
        return any(row.required and row.state != "ok" for row in self.rows)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, `broken` included."""
        return {"broken": self.broken} | asdict(self)


def run(json: bool) -> int:
    """Examines the machine, prints what was found, and returns the exit code: 1 when something required is broken."""
    from builder.console import ConsoleProgress

    with ConsoleProgress() as progress:
        diagnosis = examine(emit=progress)
    if json:
        sys.stdout.write(as_text(diagnosis))
    else:
        from rich.console import Console

        Console().print(render(diagnosis))
    return EXIT_BROKEN if diagnosis.broken else EXIT_DONE


def as_text(diagnosis: Diagnosis) -> str:
    """The diagnosis as one JSON object and a line end."""
    return json.dumps(diagnosis.to_json(), indent=2) + "\n"


def examine(groups: Sequence[Sequence[Tool]] = GROUPS, *, emit: Emit = silent) -> Diagnosis:
    """Looks at the machine and tries every package that has a probe in child processes, as many at once as there are cores.

    Args:
        groups: the packages to look at; each group shares a child process.
        emit: told how many packages are done; imports take seconds.
    """
    cores = usable_cores()
    answers = answers_of(groups, cores, emit)
    keras = answers.get("keras", Answer()).facts
    backend, gpus = str(keras.get("backend", "")), tuple(str(gpu) for gpu in keras.get("gpus", ()))
    rows = [python_row(sys.version_info[:2]), platform_row(platform.system())]
    rows += [tool_row(tool, answers.get(tool.package, Answer())) for group in groups for tool in group]
    asked = backend or os.environ.get("KERAS_BACKEND", "")  # Keras does not import where its backend is absent
    if asked:
        rows.append(backend_row(asked))
    rows.append(gpu_row(nvidia_cards(), gpus))
    return Diagnosis(
        python=platform.python_version(),
        platform=platform_name(),
        platform_note=platform_note(platform.system(), platform.machine()),
        cores=cores,
        memory_bytes=usable_memory_bytes(),
        keras_backend=backend,
        gpus=gpus,
        rows=tuple(rows),
    )


def answers_of(groups: Sequence[Sequence[Tool]], at_once: int, emit: Emit) -> dict[str, Answer]:
    """What the probes said, by package."""
    tried = [[tool for tool in group if tool.probe] for group in groups]
    tried = [group for group in tried if group]
    total, answers = sum(map(len, tried)), dict[str, Answer]()
    emit("stage", stage="doctor", state="start")
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        for ready in as_completed([pool.submit(probe, group) for group in tried]):
            answers |= ready.result()
            emit("progress", stage="doctor", done=len(answers), total=total, unit="packages")
    emit("stage", stage="doctor", state="done")
    return answers


def tool_row(tool: Tool, answer: Answer) -> Row:
    """A package's row: what its probe said decides, and without a probe whether it is installed."""
    try:
        version = metadata.version(tool.package)
    except metadata.PackageNotFoundError:
        version = ""
    if not answer.reason and (version or tool.probe):
        return Row(tool.package, "ok", tool.required, version)
    if not version:
        return Row(tool.package, "missing", tool.required, advice=tool.advice)
    return Row(tool.package, "broken", tool.required, version, tool.advice, answer.reason)


def python_row(version: tuple[int, ...]) -> Row:
    """Python itself; 3.11 is the version that every package has wheels for."""
    text = ".".join(map(str, version))
    if OLDEST_PYTHON <= version <= NEWEST_PYTHON:
        return Row("python", "ok", True, text)
    return Row(
        "python", "broken", True, text, "make install brings Python 3.11; 3.12 and 3.13 are possible, without tflite-support"
    )


def platform_row(system: str) -> Row:
    """The operating system: builds hold POSIX file locks, which Windows itself does not have."""
    if system == "Windows":
        return Row("operating system", "broken", True, system, "Install WSL2 and run the builder inside it")
    return Row("operating system", "ok", True, system)


def backend_row(backend: str) -> Row:
    """The Keras backend: training is written for two of them."""
    if backend in BACKENDS:
        return Row("keras backend", "ok", True, backend)
    return Row("keras backend", "broken", True, backend, f"Set KERAS_BACKEND to {' or '.join(BACKENDS)}")


def gpu_row(cards: Sequence[str], gpus: Sequence[str]) -> Row:
    """The GPU: broken where the driver lists cards that the Keras backend does not see."""
    if gpus:
        return Row("GPU", "ok", False, ", ".join(gpus))
    if cards:
        return Row("GPU", "broken", False, ", ".join(cards), GPU_ADVICE, "the driver lists it, the Keras backend does not see it")
    return Row("GPU", "missing", False, advice="No NVIDIA GPU with a driver was found: training runs on the CPU")


def nvidia_cards() -> tuple[str, ...]:
    """Names of the cards that NVIDIA's driver lists; WSL2 keeps its tool in a folder of its own."""
    tool = shutil.which("nvidia-smi") or shutil.which("nvidia-smi", path="/usr/lib/wsl/lib")
    if tool is None:
        return ()
    command = [tool, "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(line.strip() for line in done.stdout.splitlines() if line.strip()) if done.returncode == 0 else ()


def platform_name() -> str:
    """Such as `Linux x86_64`, and whether it is WSL2."""
    wsl = " (WSL2)" if "microsoft" in platform.release().lower() else ""
    return f"{platform.system()} {platform.machine()}{wsl}"


def platform_note(system: str, machine: str) -> str:
    """What a platform other than Linux on x86-64 has to do without."""
    if system == "Linux" and machine == "x86_64":
        return ""
    if system == "Windows":
        return "Windows itself is not supported; WSL2 is."
    return (
        "Tested on Linux on x86-64 only. Here the pins of the locks do not hold, and tflite-support has no wheels: the builder's "
        "own writer describes models instead."
    )


def usable_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def usable_memory_bytes() -> int:
    """Physical memory, or the container's limit where that is lower."""
    try:
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
    limits = [physical]
    for file in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        try:
            limits.append(int(file.read_text()))
        except (OSError, ValueError):  # no such group, or the word "max"
            continue
    return min(limits)


def render(diagnosis: Diagnosis) -> RenderableType:
    """The diagnosis for people: the machine, the table, what to do about each row that is not ok, the verdict."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    colours = {"ok": "green", "missing": "yellow", "broken": "red"}
    memory = f"{diagnosis.memory_bytes / 2**30:.1f} GiB" if diagnosis.memory_bytes else "unknown"
    machine = f"Python {diagnosis.python} · {diagnosis.platform} · {diagnosis.cores} cores · {memory} of memory"
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "what", "version"):
        table.add_column(heading, no_wrap=True)
    advice = []
    for row in diagnosis.rows:
        table.add_row(Text(row.state, style=colours[row.state]), row.name, row.version)
        if row.state != "ok":
            sentences = [f"{part.rstrip('.')}." for part in (row.reason, row.advice) if part]
            needed = "required, " if row.required else ""
            advice.append(Text.assemble((f"{row.name} ({needed}{row.state}): ", colours[row.state]), " ".join(sentences)))
    verdict = (
        Text("Something that builds need is missing or broken: see what is called required.", style="bold red")
        if diagnosis.broken
        else Text("Builds work here. What is missing is skipped, and reports say so.", style="bold green")
    )
    note = [Text(diagnosis.platform_note, style="yellow")] if diagnosis.platform_note else []
    return Group(machine, *note, "", table, "", *advice, *([""] if advice else []), verdict)
