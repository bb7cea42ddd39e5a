"""Runs Arm's compiler on a model, in a process of its own: Vela is native code, and crashes on what it does not expect."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from builder import tflite_file
from builder.errors import InvalidInput, MissingTool, ModelFileError
from builder.npu.report import NpuReport, OnCpu, read_summary
from builder.npu.target import Target
from builder.runs import write_atomically
from builder.tflite_file import Model
from builder.verify.isolation import environment, signal_name

COMPILE_S = 300.0  # a MobileNet takes one or two seconds
MEMORY_BYTES = 4 * 1024**3  # of address space; a MobileNet takes 50 MB of memory
INSTALL = "Install it: make install, or: pip install ethos-u-vela (it is in the extra `verify`)."
COMPILED = "CUSTOM:ethos-u"  # the operator that holds everything that runs on the NPU
INTEGERS = ("int8", "uint8", "int16")  # feature maps that an Ethos-U takes

CHILD = """
import sys
from builder.verify.child import limit
limit(int(sys.argv.pop(1)))
from ethosu.vela.vela import main
sys.exit(main())
"""
REASON = re.compile(r"operator: (\w+), ofm: .*\nReason: (.+)")
TENSORS = re.compile(r" \(.*\)$")  # names of tensors behind a reason


def compile_for(path: str | Path, target: Target, *, limit_s: float = COMPILE_S) -> tuple[NpuReport, bytes]:
    """Compiles a model for an NPU.

    Args:
        path: an int8 .tflite.
        target: from `builder.npu.target`.
        limit_s: seconds until the compiler is stopped.

    Returns:
        What it costs there, and the bytes of the compiled .tflite.

    Raises:
        ModelFileError: the file is damaged, compiled already, has nothing that runs on an NPU, or Vela refuses it.
        MissingTool: Vela is not installed, or does not work.
    """
    content = tflite_file.load(path)
    model = tflite_file.parse(content, str(path))
    check_integer(model, path)
    if not is_installed():
        raise MissingTool(f"Arm's compiler Vela is not installed. {INSTALL}")
    with tempfile.TemporaryDirectory(prefix="builder-npu-") as place:
        folder = Path(place)
        (folder / "model.tflite").write_bytes(content)  # a name without surprises for Vela's options and its CSV
        said = run(folder, target.accelerator, path, limit_s)
        results = list(folder.glob("out/*_vela.tflite")), list(folder.glob("out/*_summary_*.csv"))
        if not all(results):
            raise ModelFileError(f"Vela wrote no compiled file for {path}: {last_words(said)}.")
        compiled = results[0][0].read_bytes()
        after = tflite_file.parse(compiled, "What Vela compiled")
        on_cpu = left_on_cpu(after, said)
        if not any(name.startswith(COMPILED) for name in tflite_file.operators(after)):
            why = next((f" ({each.operator}: {each.reason})" for each in on_cpu if each.reason), "")
            raise ModelFileError(f"Nothing in {path} would run on the NPU{why}. Give an int8 or int8_micro file.")
        summary = read_summary(results[1][0])
    written = with_labels_of(model, compiled)
    report = NpuReport(
        file=str(path),
        target=target,
        vela=importlib.metadata.version("ethos-u-vela"),
        summary=summary,
        multiply_adds=tflite_file.multiply_adds(model),
        cpu_multiply_adds=tflite_file.multiply_adds(after),
        operators=sum(tflite_file.operators(model).values()),
        on_cpu=on_cpu,
        compiled_bytes=len(written),
    )
    return report, written


def check_integer(model: Model, path: str | Path) -> None:
    """Raises `ModelFileError` where no operator computes integers, or the file has been compiled before."""
    graph = model.main
    if any(operator.name.startswith(COMPILED) for operator in graph.operators):
        raise ModelFileError(f"{path} has been compiled for an Ethos-U already. Give the file that it was compiled from.")
    dtypes = Counter(graph.tensors[index].dtype for operator in graph.operators for index in operator.outputs if index >= 0)
    if not any(dtype in INTEGERS for dtype in dtypes):
        what = dtypes.most_common(1)[0][0] if dtypes else "nothing"
        raise ModelFileError(
            f"{path} computes in {what}, and an Ethos-U in 8 or 16 bit integers only: all of it would run on the CPU. "
            "Give an int8 or int8_micro file."
        )


def is_installed() -> bool:
    """Whether Vela can be tried at all."""
    try:
        return importlib.util.find_spec("ethosu.vela") is not None
    except ModuleNotFoundError:
        return False


def run(folder: Path, accelerator: str, path: str | Path, limit_s: float) -> str:
    """Compiles `model.tflite` in a folder to `out/`; returns what Vela printed."""
    options = ["--accelerator-config", accelerator, "--output-dir", "out", "model.tflite"]
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", CHILD, str(MEMORY_BYTES), *options],
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ModelFileError(f"Vela did not finish {path} within {limit_s:g} seconds. Is it an image classifier?") from None
    said = done.stdout.decode("utf-8", "replace")
    if done.returncode == 0:
        return said
    if "ImportError" in said or "ModuleNotFoundError" in said:
        raise MissingTool(f"Arm's compiler Vela does not work here: {last_words(said)}. {INSTALL}")
    how = f"crashed ({signal_name(-done.returncode)})" if done.returncode < 0 else f"ended with code {done.returncode}"
    raise ModelFileError(f"Vela cannot compile {path}: it {how}, saying: {last_words(said)}.")


def last_words(said: str) -> str:
    """The last line that Vela printed, shortened."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return (lines[-1] if lines else "nothing")[:300].rstrip(".")


def left_on_cpu(compiled: Model, said: str) -> tuple[OnCpu, ...]:
    """The operators of a compiled file that are not the NPU's, with Vela's reason for the first of each kind."""
    reasons: dict[str, str] = {}
    for operator, reason in REASON.findall(said):
        reasons.setdefault(operator, TENSORS.sub("", reason.strip()))
    counts = tflite_file.operators(compiled)
    return tuple(OnCpu(name, count, reasons.get(name, "")) for name, count in counts.items() if not name.startswith(COMPILED))


def with_labels_of(model: Model, compiled: bytes) -> bytes:
    """The compiled file with the class names of the model: Vela keeps the metadata and drops labels.txt, which they name."""
    from builder.export.metadata import with_labels

    try:
        described = tflite_file.describe(model)
        if described is None or described.labels is None:
            return compiled
        whole = with_labels(compiled, described.labels)
        again = tflite_file.describe(tflite_file.parse(whole))
    except ModelFileError:  # labels that cannot be read, or under another name: no reason to refuse the model
        return compiled
    return whole if again is not None and again.labels == described.labels else compiled


def write_compiled(compiled: bytes, output: str | Path, source: str | Path) -> Path:
    """Writes the compiled file, whole or not at all.

    Raises:
        InvalidInput: the place is a folder, lies in a folder that is not there, or is the model itself.
        StorageError: it cannot be written.
    """
    file = check_output(output, source)
    write_atomically(file, compiled)
    return file


def check_output(output: str | Path, source: str | Path) -> Path:
    """The place for the compiled file, before any work is done for it; raises as `write_compiled` does."""
    file = Path(output)
    if file.is_dir():
        raise InvalidInput(f"--output {file} is a folder. Give the name of a file in it, such as {file / 'npu.tflite'}.")
    if not file.absolute().parent.is_dir():
        raise InvalidInput(f"--output {file}: there is no folder {file.parent}. Make it first.")
    if file.exists() and Path(source).exists() and file.samefile(source):
        raise InvalidInput(f"--output {file} is the model itself. Give another name.")
    return file
