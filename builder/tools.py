"""The packages that the rooms stand on, and how to find out whether each one works here.

Nothing heavy is imported in this process. Each group of packages is imported in a child process, so that a package that
crashes, hangs or sets global state tells about itself and harms nothing else.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

# Seconds for one group of imports. TensorFlow takes 4 s from byte code, 9 s without, and minutes from a cold network disk.
TIMEOUT_S = 240.0

REINSTALL = "make install, or: pip install -r requirements.txt"
VERIFIERS = "make install, or: pip install --no-deps -r requirements-verify.lock"


@dataclass(frozen=True, slots=True)
class Tool:
    """A package, the statements that prove that it works, whether builds need it, and how to get it.

    Without statements, being installed is enough.
    """

    package: str
    probe: str = ""
    required: bool = True
    advice: str = REINSTALL


@dataclass(frozen=True, slots=True)
class Answer:
    """What a probe said: the reason why the package does not work, empty when it does, and the facts it left in `facts`."""

    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


KERAS = """
import keras
facts["backend"] = keras.backend.backend()
if facts["backend"] == "jax":
    import jax
    facts["gpus"] = [device.device_kind for device in jax.devices() if device.platform == "gpu"]
elif facts["backend"] == "tensorflow":
    import tensorflow
    seen = tensorflow.config.list_physical_devices("GPU")
    facts["gpus"] = [tensorflow.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in seen]
"""

# It links libusb-1.0, which its Python package brings where the system has none.
TFLITE_SUPPORT = """
import ctypes, libusb_package
ctypes.CDLL(str(libusb_package.get_library_path()), mode=ctypes.RTLD_GLOBAL)
"""

# One child process for each group that has something to try, the slowest first. Tried is what depends on more than its own
# wheel: drivers, the system's libraries, binaries for this processor. Of pure Python the version tells enough, and TFMOT,
# tf-keras and tflite-support would each import TensorFlow again (5 s on two cores).
GROUPS: tuple[tuple[Tool, ...], ...] = (
    (
        Tool("keras", KERAS),
        Tool("tensorflow", "import tensorflow; tensorflow.lite.TFLiteConverter"),
    ),
    (
        Tool("tf-keras"),
        Tool("tensorflow-model-optimization"),
    ),
    (
        Tool("numpy", "import numpy"),
        Tool("pillow", "import PIL.Image"),
        Tool("scikit-learn"),
        Tool("ai-edge-litert", "from ai_edge_litert.interpreter import Interpreter"),
        Tool("flatbuffers"),
        Tool("pydantic"),
        Tool("pyyaml"),
        Tool("typer"),
        Tool("rich"),
        Tool("platformdirs"),
        Tool("jinja2"),
        Tool("streamlit", "", False, f"The app needs it. {REINSTALL}"),
        Tool("pillow-heif", "import pillow_heif", False, f"HEIC photos need it. {REINSTALL}"),
        Tool(
            "tflite-support",
            TFLITE_SUPPORT,
            False,
            "Without it the builder's own writer describes the model. Its wheels are for Linux on x86-64 and Python 3.11 or older. "
            + REINSTALL,
        ),
        Tool("tflite-micro", "from tflite_micro import runtime", False, f"Measures the arena and runs int8_micro. {VERIFIERS}"),
        Tool("ethos-u-vela", "import ethosu.vela.vela, ethosu.mlw_codec", False, f"Compiles for Arm's Ethos-U. {VERIFIERS}"),
    ),
    (
        Tool(
            "mediapipe",
            "from mediapipe.tasks.python import vision; vision.ImageClassifier",
            False,
            f"Loads a file as apps do. {VERIFIERS}. It links libEGL, libGLESv2 and libGL; on Debian and Ubuntu: "
            "apt install libegl1 libgles2 libgl1",
        ),
    ),
)

# Answers are lines of JSON behind this mark: packages print on stdout when they like.
MARK = "\x01answer\x01"
CHILD = f"""
import json, os, sys
for name, probe in json.loads(sys.argv[1]):
    facts = {{}}
    try:
        exec(probe, {{"facts": facts}})
        reason = ""
    except BaseException as error:
        reason = " ".join(f"{{type(error).__name__}}: {{error}}".split())[:300]
    print({MARK!r} + json.dumps([name, reason, facts]), flush=True)
os._exit(0)  # without the shutdown code of the packages: only their import is asked about
"""

# Quiet, and no grabbing of a GPU's memory from a build that may be running.
CHILD_ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "XLA_PYTHON_CLIENT_PREALLOCATE": "false", "TF_FORCE_GPU_ALLOW_GROWTH": "true"}


def probe(group: Sequence[Tool], timeout_s: float = TIMEOUT_S) -> dict[str, Answer]:
    """Runs the probes of a group in a child process, and in another one after a probe that ended it.

    Args:
        group: the tools to try, in this order.
        timeout_s: seconds for each child process.

    Returns:
        An answer for every tool, by its package name.
    """
    answers: dict[str, Answer] = {}
    pending = list(group)
    while pending:
        output, ending = run_child(pending, timeout_s)
        for line in output.splitlines():
            if line.startswith(MARK):
                name, reason, facts = json.loads(line.removeprefix(MARK))
                answers[name] = Answer(reason, facts)
        pending = [tool for tool in pending if tool.package not in answers]
        if pending:
            answers[pending.pop(0).package] = Answer(ending)
    return answers


def run_child(tools: Sequence[Tool], timeout_s: float) -> tuple[str, str]:
    """What a child process printed, and in words how it ended."""
    command = [sys.executable, "-c", CHILD, json.dumps([[tool.package, tool.probe] for tool in tools])]
    try:
        done = subprocess.run(
            command,
            env=os.environ | CHILD_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode(errors="replace"), f"its import took longer than {timeout_s:.0f} s"
    if done.returncode < 0:
        ending = f"its import ended the process with {signal.Signals(-done.returncode).name}"
    else:
        ending = f"its import ended the process with exit code {done.returncode}"
    return done.stdout.decode(errors="replace"), ending
