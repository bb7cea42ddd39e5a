"""Reads a model file in a process of its own: what a hostile or damaged file does there ends as a message here.

Run as `python -m builder.warm_start.child FILE OUT`: writes OUT, or prints why not and exits with 2.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from builder.errors import EXIT_BAD_INPUT, BuilderError, ModelFileError, StorageError
from builder.warm_start.trained import Trained

SECONDS_MAX = 60
MEMORY_BYTES_MAX = 8 * 1024**3  # address space: 4 GiB for the largest file, and what NumPy maps
FORMATS = (".keras", ".weights.h5", ".h5", ".tflite")
HDF5_START = b"\x89HDF\r\n\x1a\n"
ZIP_START = b"PK\x03\x04"
LITE_MARK = b"TFL3"  # at byte 4


def read_apart(path: Path, *, seconds_max: float = SECONDS_MAX) -> Trained:
    """Takes the weights out of a model file.

    Args:
        path: a .keras, .weights.h5, .h5 or float .tflite file.
        seconds_max: how long reading may take.

    Raises:
        ModelFileError: it cannot be read, or holds no MobileNet v1.
    """
    with tempfile.TemporaryDirectory(prefix="builder-") as folder:
        out = Path(folder) / "weights.npz"
        code = Path(__file__).parents[2]
        command = [sys.executable, "-P", "-m", "builder.warm_start.child", str(path.absolute()), str(out)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(code), *filter(None, sys.path)])}
        try:
            done = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds_max, check=False
            )
        except subprocess.TimeoutExpired:
            raise ModelFileError(
                f"{path} could not be read within {seconds_max:g} s. It may be damaged; give another file."
            ) from None
        if done.returncode == 0 and out.is_file():
            return Trained.load(out)
        if done.returncode == EXIT_BAD_INPUT:
            raise ModelFileError(done.stdout.decode("utf-8", "replace").strip())
        raise ModelFileError(
            f"{path} cannot be read: the reader ended with {done.returncode}. It is damaged or no model file; save it again, or "
            f"give another ({', '.join(FORMATS)})."
        )


def read(path: Path) -> Trained:
    """Reads a file by what it starts with, whatever its name ends with."""
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith((ZIP_START, HDF5_START)):
        from builder.warm_start import hdf5

        return hdf5.read(path)
    if start[4:8] == LITE_MARK:
        from builder.warm_start import lite

        return lite.read(path)
    raise ModelFileError(f"{path} is no model file that training can start from: give one of {', '.join(FORMATS)}.")


def main(path: str, out: str) -> int:
    """The child's work. Any exception but a `BuilderError` is one of a library that met bad bytes."""
    for limit, value in ((resource.RLIMIT_AS, MEMORY_BYTES_MAX), (resource.RLIMIT_CPU, SECONDS_MAX)):
        with contextlib.suppress(OSError, ValueError):  # a system may forbid it, and the parent's patience is limited too
            resource.setrlimit(limit, (value, value))
    try:
        trained = read(Path(path))
        try:
            trained.save(Path(out))
        except OSError as error:
            raise StorageError(
                f"The weights of {path} cannot be laid down in {Path(out).parent} ({error.strerror or error}). Free some space "
                "there, or set TMPDIR to another folder."
            ) from None
    except BuilderError as error:
        print(error)  # noqa: T201 - read by the parent
        return EXIT_BAD_INPUT
    except Exception as error:
        print(f"{path} cannot be read ({type(error).__name__}: {' '.join(str(error).split())[:200]}).")  # noqa: T201
        print("It is damaged; save it again, or give another file.")  # noqa: T201
        return EXIT_BAD_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
