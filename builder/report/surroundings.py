"""Where a build ran: the machine, and the packages that mattered."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

from builder.report.model import Machine

PACKAGES = (
    "mobilenet-builder",
    "tensorflow",
    "keras",
    "jax",
    "tf-keras",
    "tensorflow-model-optimization",
    "ai-edge-litert",
    "tflite-support",
    "tflite-micro",
    "mediapipe",
    "ethos-u-vela",
    "numpy",
    "pillow",
    "pillow-heif",
)


def package_versions(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Versions of Python and of those packages that are installed, without importing any."""
    versions = {"python": platform.python_version()}
    for name in packages:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def this_machine(gpus: tuple[str, ...] = ()) -> Machine:
    """The machine that this process runs on; cores and memory are those it may use.

    Args:
        gpus: names of the GPUs that were used, which the training framework knows.
    """
    from builder.doctor import platform_name, usable_cores, usable_memory_bytes

    return Machine(cpu=cpu_name(), cores=usable_cores(), os=platform_name(), memory_bytes=usable_memory_bytes(), gpus=gpus)


def cpu_name(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's name as Linux tells it, else its architecture."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model")))
    return next((name for name in names if name), platform.processor() or platform.machine())
