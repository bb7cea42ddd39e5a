"""What a model costs on Arm's Ethos-U: its compiler Vela, run and read.

    found = compile_for("int8_micro.tflite", devices.find("Alif Ensemble E7 DK"))
    found.cycles["total"], found.memory_bytes["sram"], found.on_cpu

Vela estimates cycles by a model of the NPU and its memories; it measures nothing. It is a package of its own (extra `verify`).
"""

from builder.npu.compiling import check_output as check_output
from builder.npu.compiling import compile_for as compile_for
from builder.npu.compiling import write_compiled as write_compiled
from builder.npu.report import NpuReport as NpuReport
from builder.npu.report import OnCpu as OnCpu
from builder.npu.target import Target as Target
from builder.npu.target import target as target
