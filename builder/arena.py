"""The RAM that TensorFlow Lite Micro takes to run a file: its arena, replayed allocation by allocation.

Three files run there. `int8_micro` is the plain case. `int8` has an operator in front and one behind that change uint8 to int8
and back, so a second copy of the image. `float32` has four bytes a value; its convolutions keep the arrays of quantization all
the same, unused.

The arena has two parts. The head holds activations, placed by the greedy planner, or as the plan in the file says: `int8_micro`
carries one wherever that saves something (`builder.slim.memory_plan`). The tail holds what lives as long as the interpreter:
records of tensors and operators, and two int32 for each output channel of a convolution.

All figures are of a 64-bit host with the reference kernels (the PyPI package `tflite-micro`), where pointers take 8 bytes, and
of an arena that ends at a multiple of 16 bytes. A 32-bit microcontroller needs less for records; optimised kernels ask for
scratch memory on top.

The rules are those of the sources in github.com/tensorflow/tflite-micro, tensorflow/lite/micro: greedy_memory_planner.cc,
micro_allocation_info.cc (lifetimes), micro_allocator.cc and micro_interpreter.cc (order of allocations), kernels/conv_common.cc
and reduce_common.cc (what kernels ask for). What the sources leave open was found by running tflite-micro 0.dev20261023 on
thirteen files: `INTERPRETER`, what remains of the tail when all else is taken away; the two lists of MEAN; and the sizes of
records whose declarations were not at hand (softmax, parameters). They are constants, the same for every network: another
release may move them by some bytes. Error: none on the 40 random configurations of `benchmarks/estimates.py` (`int8_micro`), and
none on ten networks of alpha 0.05 to 0.75 at 32 to 160 px as `int8` and `float32`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add, mul
from typing import NamedTuple

from builder.architecture import BLOCKS, FIRST_CHANNELS, Network, out_size, scale_channels

ALIGNMENT = 16  # bytes; MicroArenaBufferAlignment, for activations and for what kernels ask for

# sizeof() of what the tail holds, in bytes.
EVAL_TENSOR = 24
NODE_AND_REGISTRATION = 64
CONV_PARAMS = 28  # of a standard and of a depthwise convolution alike
REDUCER_PARAMS = 4  # one bool, and the next record starts at a multiple of 4
RESHAPE_PARAMS = 36
SOFTMAX_PARAMS = 4
CONV_OP_DATA = 80
REDUCE_OP_DATA = 48  # 44, aligned
SOFTMAX_OP_DATA = 80
SCRATCH_HANDLE = 8
IO_POINTER = 8
IO_TENSOR = 64  # TfLiteTensor
IO_QUANTIZATION = 24 + 8  # TfLiteAffineQuantization, an array of one zero point; float tensors have none
QUANTIZE_OP_DATA = 32  # measured
QUANTIZERS = 2  # of `int8`: uint8 to int8 in front, int8 to uint8 behind
INTERPRETER = 488  # measured: the allocator (which records), the greedy planner, the subgraph's record

# The kernel of MEAN asks for a sum of int32 for each channel, and for two lists (measured: three buffers in all).
MEAN_SCRATCH_LISTS = (16, 8)

CONVOLUTIONS = 2 + 2 * len(BLOCKS)
OPERATORS_AFTER_POOL = ("conv_preds", "flatten", "predictions")


@dataclass(frozen=True, slots=True)
class Arena:
    """An arena in bytes.

    Args:
        total_bytes: what the file takes.
        activation_bytes: the head.
        persistent_bytes: the tail.
        peak_layer: the layer while which most activation bytes are alive (its input and its output).
        greedy_activation_bytes: the head by the interpreter's own plan; the same where the file carries none.
        has_plan: whether the file carries a plan.
    """

    total_bytes: int
    activation_bytes: int
    persistent_bytes: int
    peak_layer: str
    greedy_activation_bytes: int
    has_plan: bool = False

    @property
    def greedy_bytes(self) -> int:
        """What the same file would take without its plan."""
        return self.greedy_activation_bytes + self.persistent_bytes


@lru_cache(maxsize=16384)
def arena(network: Network, variant: str = "int8_micro") -> Arena:
    """The TensorFlow Lite Micro arena of a network's file.

    Args:
        network: what is in it.
        variant: int8_micro, int8 or float32; TFLite Micro refuses the others.

    Example:
        >>> arena(Network(alpha=0.25, resolution=96, classes=10)).activation_bytes
        73728
    """
    chain = chain_of(network)
    values, alive, mean, scale = chain.values, chain.alive, CONVOLUTIONS - 1, 1
    scratch: tuple[int, ...] = (*MEAN_SCRATCH_LISTS, 4 * chain.widths[-1])
    most, peak = chain.most, chain.peak
    start = chain.cut
    if variant == "float32":
        scale, scratch = 4, MEAN_SCRATCH_LISTS  # it sums in its output
        values, most = tuple([4 * size for size in values]), 4 * most
    elif variant == "int8":
        first, last = 2 * values[0], 2 * values[-1]
        values, mean, start, peak = (values[0], *values, values[-1]), mean + 1, start + 1, peak + 1
        if first >= most:
            most, peak = first, 0
        if last > most:
            most, peak = last, len(values) - 2
    summed = scale * alive[CONVOLUTIONS - 1] + sum(scratch) if chain.pooled else scale * alive[CONVOLUTIONS - 1]
    cut = decisive(values, least_cut(values, most, start)) if 6 * summed <= max(most, summed) else len(values)
    own = scratch if chain.pooled and cut == len(values) else ()
    head = greedy = greedy_plan(values[:cut], own, mean)
    has_plan = False
    if variant == "int8_micro":
        least = least_plan(values[:cut])
        has_plan = least < (greedy_plan(values, (), mean) if own else greedy)
        head = planned_head(least, values, scratch if chain.pooled else (), mean) if has_plan else greedy
    tail = persistent(chain.widths, network.classes, chain.pooled, variant)
    if summed > most or (summed == most and mean < peak):
        peak = mean
    names = operators(chain.pooled) if variant != "int8" else ("conv1", *operators(chain.pooled), "predictions")
    return Arena(head + tail, head, tail, names[peak], greedy, has_plan)


def least_plan(sizes: Sequence[int]) -> int:
    """Bytes that the smallest plan of a chain takes: those of the largest input and output together, each rounded up.

    Tensors lie at the bottom and above their neighbours by turns (`builder.slim.memory_plan.by_turns`).
    """
    aligned = [size + 15 & -16 for size in sizes]
    return int(max(map(add, aligned, aligned[1:])))


def planned_head(least: int, sizes: Sequence[int], scratch: Sequence[int], scratch_operator: int) -> int:
    """Bytes of activations by that plan, with the buffers that one operator needs for itself: each, the largest first, at the
    lowest place that is free between the operator's two tensors, or above both."""
    bottom, start, end = places(sizes, scratch_operator)
    top = least
    for size in sorted((size + 15 & -16 for size in scratch), reverse=True):
        if bottom + size <= start:
            bottom += size
        else:
            end += size
            top = max(top, end)
    return top


def places(sizes: Sequence[int], operator: int) -> tuple[int, int, int]:
    """Where an operator's two tensors lie by that plan: the end of the one at the bottom, start and end of the one above."""
    upper = operator if operator % 2 else operator + 1
    below, above = sizes[upper - 1], sizes[upper + 1] if upper + 1 < len(sizes) else 0
    start = max(below, above) + 15 & -16
    return sizes[2 * operator + 1 - upper] + 15 & -16, start, start + (sizes[upper] + 15 & -16)


class Chain(NamedTuple):
    """What the three files of a network share.

    Args:
        widths: output channels of the convolutions.
        pooled: whether there is an operator for pooling.
        values: in each tensor, in order.
        alive: values in the input and output of each operator.
        most: the most of these.
        peak: the first operator that has them.
        cut: see `least_cut`; of `int8_micro`.
    """

    widths: tuple[int, ...]
    pooled: bool
    values: tuple[int, ...]
    alive: tuple[int, ...]
    most: int
    peak: int
    cut: int


@lru_cache(maxsize=16384)
def chain_of(network: Network) -> Chain:
    """The tensors of a network in a chain, which the three files have in common."""
    widths = channels(network.alpha)
    sides = map_sides(network.resolution)
    pooled = sides[-1] > 1
    values = tensors(widths, sides, network, pooled)
    alive = tuple(map(add, values, values[1:]))
    most = max(alive)
    return Chain(widths, pooled, tuple(values), alive, most, alive.index(most), least_cut(values, most, len(values) - 1))


@lru_cache(maxsize=1024)
def channels(alpha: float) -> tuple[int, ...]:
    """Output channels of the 27 convolutions in front of the classifier."""
    before = scale_channels(FIRST_CHANNELS, alpha)
    widths = [before]
    for base, _ in BLOCKS:
        after = scale_channels(base, alpha)
        widths += (before, after)
        before = after
    return tuple(widths)


@lru_cache(maxsize=1024)
def map_sides(resolution: int) -> tuple[int, ...]:
    """Height (and width) of the output of the same convolutions."""
    side = out_size(resolution, 2)
    sides = [side]
    for _, stride in BLOCKS:
        side = out_size(side, stride)
        sides += (side, side)
    return tuple(sides)


def tensors(widths: Sequence[int], sides: Sequence[int], network: Network, pooled: bool) -> list[int]:
    """Bytes of the image and of each operator's output.

    Where the last map is a single pixel the converter drops the pooling.
    """
    sizes = [network.resolution * network.resolution * network.channels]
    sizes += map(mul, map(mul, sides, sides), widths)
    sizes += [widths[-1]] * pooled
    return sizes + [network.classes] * len(OPERATORS_AFTER_POOL)


@lru_cache(maxsize=2)
def operators(pooled: bool) -> tuple[str, ...]:
    """The operators' names: those of the network's layers."""
    blocks = [name for block in range(1, len(BLOCKS) + 1) for name in (f"conv_dw_{block}", f"conv_pw_{block}")]
    pool = ("global_average_pooling",) if pooled else ()
    return ("conv1", *blocks, *pool, *OPERATORS_AFTER_POOL)


def least_cut(sizes: Sequence[int], least: int, start: int) -> int:
    """Behind how many tensors of a chain none matters for how high its plan reaches: all of them are too small.

    Two neighbours push a buffer no higher than their sizes and twice its own; the four of an operator with scratch memory, no
    higher than theirs and four times its own. Where that stays below what some operator needs alone, only the effect on other
    buffers' places matters, and a smaller one is placed later, so it has none.

    Args:
        sizes: bytes of the tensors, in order; scratch memory is known to be too small to matter.
        least: bytes of the largest input and output together.
        start: where to begin; the whole chain, or where it ended for a file with a quarter of these sizes, or with a tensor less
            at both ends: what rounding adds weighs less here, so it ends there or before.
    """
    cut = start
    while cut > 2 and 3 * sizes[cut - 1] + sizes[cut] + sizes[cut - 2] + 5 * ALIGNMENT <= least:
        cut -= 1
    return cut


def decisive(sizes: Sequence[int], cut: int) -> int:
    """How many tensors of a chain decide how high its plan reaches: a cut lies before one that is smaller than the one kept."""
    while cut < len(sizes) and sizes[cut] + ALIGNMENT > sizes[cut - 1]:
        cut += 1
    return cut


def greedy_plan(sizes: Sequence[int], scratch: Sequence[int], scratch_operator: int) -> int:
    """Bytes that the greedy planner needs for a chain: operator i reads tensor i and writes tensor i + 1.

    Largest first, the later one of equals first, each at the lowest offset where it overlaps with no buffer that is placed
    already and alive at the same time. In a chain that can only be a neighbour.

    Args:
        sizes: bytes of the tensors, in order.
        scratch: bytes of the buffers that one operator needs for itself.
        scratch_operator: which one.

    Returns:
        The end of the buffer that reaches highest, in bytes.
    """
    # The last entry, index -1, is never placed: the neighbour that the first and the last tensor lack.
    aligned = [size + 15 & -16 for size in (*sizes, *scratch, 0)]
    return plan_with_scratch(aligned, len(sizes), scratch_operator) if scratch else plan_of_chain(aligned)


def plan_of_chain(aligned: Sequence[int]) -> int:
    """The same where no operator needs memory for itself: each buffer has two neighbours at the most."""
    offsets = [-1] * len(aligned)
    top = 0
    # Sorting keeps the order of equals: from the last to the first.
    for buffer in sorted(range(len(aligned) - 2, -1, -1), key=aligned.__getitem__, reverse=True):
        size, offset = aligned[buffer], 0
        first, second = offsets[buffer - 1], offsets[buffer + 1]
        if first >= 0 or second >= 0:
            first_end, second_end = first + aligned[buffer - 1], second + aligned[buffer + 1]
            if first > second:
                first, first_end, second, second_end = second, second_end, first, first_end
            if first < 0:
                offset = second_end if second < size else 0
            elif first < size:
                offset = first_end
                if second - offset < size and second_end > offset:
                    offset = second_end
        offsets[buffer] = offset
        if offset + size > top:
            top = offset + size
    return top


def plan_with_scratch(aligned: Sequence[int], count: int, scratch_operator: int) -> int:
    """The same with the buffers of one operator, which lie behind the tensors."""
    offsets = [-1] * len(aligned)
    top = 0
    users = (scratch_operator, scratch_operator + 1)
    own = tuple(range(count, len(aligned) - 1))
    for buffer in sorted(range(len(aligned) - 2, -1, -1), key=aligned.__getitem__, reverse=True):
        size, offset = aligned[buffer], 0
        near: tuple[int, ...] = (buffer - 1, buffer + 1 if buffer < count - 1 else -1)
        if buffer in users:
            near = (buffer - 1, buffer + 1, *own)
        elif buffer >= count:
            near = (*users, *own)
        for start, length in sorted((offsets[other], aligned[other]) for other in near if offsets[other] >= 0):
            if start - offset >= size:
                break
            if start + length > offset:
                offset = start + length
        offsets[buffer] = offset
        if offset + size > top:
            top = offset + size
    return top


@lru_cache(maxsize=4096)
def persistent(widths: tuple[int, ...], classes: int, pooled: bool, variant: str = "int8_micro") -> int:
    """Bytes of the tail.

    First records without gaps, then what kernels ask for, each aligned, then the interpreter's own view of input and output.
    """
    convolutions = len(widths) + 1
    nodes = convolutions + 2 + pooled
    # Kernel, bias and output of each convolution, the image, the reshape's shape, two outputs; axes and output of the mean.
    # With two classes, the shape (1, 2) and the axes (1, 2) are one tensor.
    record_count = 3 * convolutions + 4 + (2 if classes != 2 else 1) * pooled
    records = INTERPRETER + EVAL_TENSOR * record_count + NODE_AND_REGISTRATION * nodes
    records += CONV_PARAMS * convolutions + RESHAPE_PARAMS + SOFTMAX_PARAMS + REDUCER_PARAMS * pooled
    kernels = CONV_OP_DATA * convolutions + SOFTMAX_OP_DATA + REDUCE_OP_DATA * pooled
    # A multiplier and a shift for each channel, two arrays of int32.
    kernels += 2 * ALIGNMENT * sum(-(-4 * width // ALIGNMENT) for width in (*widths, classes))
    handles = SCRATCH_HANDLE * (1 + len(MEAN_SCRATCH_LISTS)) * pooled
    view = IO_TENSOR if variant == "float32" else IO_TENSOR + IO_QUANTIZATION
    own = aligned_up(handles + IO_POINTER) + view + aligned_up(IO_POINTER) + view
    if variant == "int8":
        records += QUANTIZERS * (EVAL_TENSOR + NODE_AND_REGISTRATION)
        kernels += QUANTIZERS * QUANTIZE_OP_DATA
    return aligned_up(records) + kernels + own


def aligned_up(size: int) -> int:
    """The size rounded up to the alignment."""
    return -(-size // ALIGNMENT) * ALIGNMENT
