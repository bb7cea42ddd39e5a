"""Slims a file on the disk: made in a child process, run beside the original, written whole or not at all."""

from __future__ import annotations

import importlib.util
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from builder.errors import InvalidInput, ModelFileError, StorageError
from builder.runs import write_atomically
from builder.slim import child, comparing
from builder.slim.rewriting import Flavour
from builder.slim.slimming import Activations
from builder.verify.isolation import Child, ChildFailed, open_child

MAKE_S = 60.0  # a file of 100 MB takes seconds


@dataclass(frozen=True, slots=True)
class Comparison:
    """An interpreter that ran both files: `state` is "equal", "different" or "skipped", with the reason."""

    interpreter: str
    state: str
    reason: str = ""
    arena_bytes: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class SlimFile:
    """What came of a file.

    Args:
        file: the file that was given.
        output: where the slim one lies.
        flavour: "mobile" or "micro".
        before_bytes: the size of the one, and `after_bytes` that of the other.
        changed: whether it is another file; with `reason` where it is not.
        activations: of the micro flavour: what activations take with and without the plan.
        runs: which interpreters ran both, and whether their outputs were equal to the bit.
    """

    file: str
    output: str
    flavour: Flavour
    before_bytes: int
    after_bytes: int
    changed: bool
    reason: str
    activations: Activations | None
    runs: tuple[Comparison, ...]

    @property
    def saved_share(self) -> float:
        """The share of bytes that went."""
        return 1 - self.after_bytes / self.before_bytes

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, under the names of the fields."""
        return asdict(self) | {"saved_share": round(self.saved_share, 6)}


def slim_file(file: str | Path, flavour: Flavour, output: str | Path) -> SlimFile:
    """Writes the slim form of a .tflite file.

    Args:
        file: any .tflite; it is never changed.
        flavour: "mobile" for LiteRT and MediaPipe, "micro" for TFLite Micro.
        output: where to; a file that is there is replaced when the new one is whole.

    Returns:
        A `SlimFile`; what cannot be slimmed safely is written as it was, and `reason` says why.

    Raises:
        ModelFileError: no .tflite file, a damaged one, or one whose slim form computes something else.
        InvalidInput: the place for the output cannot be used.
        StorageError: it cannot be written.
    """
    place = check_output(Path(output), Path(file))
    facts, content = made(file, flavour, with_plan=True)
    runs = compared(Path(file), content, flavour) if facts["changed"] else ()
    if any(run.arena_bytes is not None and run.arena_bytes[1] > run.arena_bytes[0] for run in runs):
        # Scratch memory of its kernels found no room beside the plan.
        facts, content = made(file, flavour, with_plan=False)
        runs = compared(Path(file), content, flavour) if facts["changed"] else ()
    activations = None if facts["activations"] is None else Activations(**facts["activations"])
    for run in runs:
        if run.state == "different":
            raise ModelFileError(
                f"The slim form of {file} computes something else in {run.interpreter}: {run.reason}. Nothing was written; keep "
                "the file as it is."
            )
    write_atomically(place, content)
    found = {name: facts[name] for name in ("before_bytes", "after_bytes", "changed", "reason")}
    return SlimFile(str(file), str(place), flavour, **found, activations=activations, runs=runs)


def made(file: str | Path, flavour: Flavour, *, with_plan: bool) -> tuple[dict[str, Any], bytes]:
    """What the child process found and made."""
    with open_child(child.TASK, file, {"flavour": flavour, "with_plan": with_plan}) as process:
        try:
            _, content = process.ask({}, limit_s=MAKE_S)
        except ChildFailed as reason:
            raise ModelFileError(f"{file} cannot be slimmed: {reason}.") from None
        return process.facts, content


def compared(file: Path, content: bytes, flavour: Flavour) -> tuple[Comparison, ...]:
    """Both files in every interpreter that the flavour is for."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            other = Path(folder) / "slim.tflite"
            other.write_bytes(content)
            return tuple(compare(file, other, interpreter) for interpreter in comparing.INTERPRETERS[flavour])
    except OSError as error:
        raise StorageError(
            f"The disk of temporary files is full or cannot be written ({error.strerror}). Make room there."
        ) from None


def compare(file: Path, other: Path, interpreter: str) -> Comparison:
    """Both files in one interpreter."""
    name = comparing.NAMES[interpreter]
    if interpreter == "tflite-micro" and importlib.util.find_spec("tflite_micro") is None:
        return Comparison(name, "skipped", "tflite-micro is not installed (it is in the extra `verify`)")
    try:
        with Child(comparing.TASK, {"file": str(file), "other": str(other), "interpreter": interpreter}) as process:
            facts = process.facts
    except (ChildFailed, ModelFileError) as reason:
        return Comparison(name, "skipped", f"it cannot run the file: {reason}")
    arenas = facts["arena_bytes"]
    both = None if None in arenas else (int(arenas[0]), int(arenas[1]))
    if facts["differing"]:
        return Comparison(name, "different", f"output {facts['differing'][0]} differs", both)
    return Comparison(name, "equal", f"outputs equal to the bit on {comparing.RUNS} random inputs", both)


def check_output(output: Path, file: Path) -> Path:
    """The place for the slim file, before any work is done for it.

    Raises:
        InvalidInput: it is a folder, lies in none, or is the file itself.
    """
    if output.is_dir():
        raise InvalidInput(f"--output {output} is a folder. Give the name of a file in it, such as {output / file.name}.")
    if not output.absolute().parent.is_dir():
        raise InvalidInput(f"--output {output}: there is no folder {output.parent}. Make it first.")
    if output.exists() and file.exists() and output.samefile(file):
        raise InvalidInput(f"--output {output} is the file itself. Give another name.")
    return output
