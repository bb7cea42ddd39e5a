"""A device: its memory, its cores, the files that it runs."""

from __future__ import annotations

from dataclasses import dataclass

KINDS: dict[str, str] = {
    "mcu": "microcontroller",
    "npu": "board with a neural processing unit",
    "tpu": "Edge TPU",
    "sbc": "single-board computer",
    "gpu": "board with a GPU",
    "phone": "phone",
}
LINUX_KINDS = ("sbc", "gpu", "phone")
VARIANTS = ("float32", "float16", "dynamic", "int8", "int8_micro")


@dataclass(frozen=True, slots=True)
class Processor:
    """Cores that share one inference, and the kernels that they run; None is unknown."""

    core: str | None
    clock_mhz: float | None
    threads: int
    library: str


@dataclass(frozen=True, slots=True)
class Device:
    """One target. Sizes are bytes; None is unknown.

    `accelerator` runs the int8 files where it is set; `accelerator_name` may also name one that `.tflite` files do not use.
    `precisions` are the variants that run; `vela` is the configuration for Arm's compiler.
    """

    name: str
    kind: str
    flash_bytes: int | None
    ram_bytes: int | None
    cpu: Processor
    accelerator: Processor | None
    accelerator_name: str
    precisions: tuple[str, ...]
    vela: str | None
    source: str
    note: str
    aliases: tuple[str, ...]

    def runs(self, variant: str) -> bool:
        """Whether a variant's file runs on it."""
        return variant in self.precisions

    @property
    def on_linux(self) -> bool:
        """Whether LiteRT on an operating system runs its files, not TFLite Micro or its kind."""
        return self.kind in LINUX_KINDS or self.cpu.library.startswith("xnnpack")


@dataclass(frozen=True, slots=True)
class Runtime:
    """What an interpreter and its kernels take besides the model; None is unknown."""

    library: str
    flash_bytes: int | None
    ram_bytes: int | None
    scratch_ram_bytes: int | None
    source: str


INTERPRETER = 1024 * 1024  # bytes, measured: what is left of private memory without weights and activations
LIBRARY = 3584 * 1024  # bytes, measured: pages of the interpreter's code
# The library is a file of the system or of the app's package: a budget of flash there is the model's own.
LITERT = Runtime("LiteRT", None, INTERPRETER + LIBRARY, None, "measured with LiteRT and XNNPACK on 64-bit Linux")
