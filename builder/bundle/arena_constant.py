"""How much RAM firmware reserves for TFLite Micro: the plan's figure, never less than was measured and the kernels add to it."""

from __future__ import annotations

from dataclasses import dataclass

from builder.architecture import Network
from builder.device import Device, Processor
from builder.planner.ram import ram
from builder.report.model import BuildReport, VariantMeasure

KIB = 1024
VARIANT = "int8_micro"

# A board whose kernels need no memory beside the arena: what others need is the difference to it.
REFERENCE = Device(
    name="reference kernels",
    kind="mcu",
    flash_bytes=None,
    ram_bytes=None,
    cpu=Processor(None, None, 1, "tflm-reference"),
    accelerator=None,
    accelerator_name="",
    precisions=(VARIANT,),
    vela=None,
    source="",
    note="",
    aliases=(),
)


@dataclass(frozen=True, slots=True)
class ArenaConstant:
    """Bytes to reserve, a multiple of 1 KiB.

    Args:
        bytes: of the constant.
        predicted: the plan's typical figure for the kernels.
        measured: what the interpreter took on a host with reference kernels; None where it was not measured.
        kernels: whose kernels, in words.
        basis: what the figure rests on.
    """

    bytes: int
    predicted: int
    measured: int | None
    kernels: str
    basis: str


def arena_constant(report: BuildReport, made: VariantMeasure, device: Device | None) -> ArenaConstant:
    """The arena of a build's file for microcontrollers.

    Args:
        report: the build's; its prediction names the network.
        made: what was measured of the file; one of a further technique has the same graph, so the plan holds for it too.
        device: where it is to run; None, or a device with an operating system, is a typical microcontroller.
    """
    found = report.predicted
    network = Network(alpha=found["alpha"], resolution=found["resolution"], channels=found["channels"], classes=found["classes"])
    board = None if device is None or device.on_linux else device
    planned = ram(network, VARIANT, made.flash_bytes, board)
    scratch = max(0, planned.typical - ram(network, VARIANT, made.flash_bytes, REFERENCE).typical)
    kernels = "a typical microcontroller" if board is None else f"{board.name} ({board.cpu.library or 'unknown kernels'})"
    most = max(planned.typical, 0 if made.arena_bytes is None else made.arena_bytes + scratch)
    return ArenaConstant(-(-most // KIB) * KIB, planned.typical, made.arena_bytes, kernels, planned.basis)
