"""Where in the arena each tensor lies: TFLite Micro's own plan, and the smallest one that the graph allows.

TFLite Micro places the largest tensor first and each other one at the lowest free place (`greedy`). In a chain of operators that
is often more than any single operator needs, and the least is reached by turns: one tensor at the bottom, the next above it.
The interpreter follows such a plan when the file holds one, as the named buffer `OfflineMemoryAllocation`: int32 values, a
version (1), the graph (0), how many tensors, an offset for each or -1 (github.com/tensorflow/tflite-micro,
tensorflow/lite/micro/docs/memory_management.md). Kernels' scratch memory is still placed by the interpreter, into the gaps.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from builder.tflite_file.graph import Subgraph, Tensor

VERSION = 1
ALIGNMENT = 16  # bytes; MicroArenaBufferAlignment
ONLINE = -1  # left to the interpreter
ORDERS_TRIED = 400  # of graphs that are no chains and where no simple order gives the least

BYTES = {
    **dict.fromkeys(("float32", "int32", "uint32"), 4),
    **dict.fromkeys(("int8", "uint8", "bool"), 1),
    **dict.fromkeys(("int16", "uint16", "float16", "bfloat16"), 2),
    **dict.fromkeys(("int64", "uint64", "float64", "complex64"), 8),
}


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A tensor that is computed: its bytes, rounded up to the alignment, and the first and last operator that needs it."""

    tensor: int
    bytes: int
    first: int
    last: int

    def meets(self, other: Lifetime) -> bool:
        """Whether both are alive at some time."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Offsets of tensors in the arena.

    Args:
        offsets: one for each lifetime, bytes.
        bytes: where the highest tensor ends.
    """

    offsets: tuple[int, ...]
    bytes: int

    @classmethod
    def of(cls, lifetimes: Sequence[Lifetime], offsets: Sequence[int]) -> MemoryPlan:
        """The plan with these offsets."""
        return cls(tuple(offsets), max((offset + each.bytes for offset, each in zip(offsets, lifetimes, strict=True)), default=0))


def lifetimes(graph: Subgraph) -> list[Lifetime] | None:
    """The tensors that the interpreter has to place, by number; None where it does not know their sizes beforehand.

    Operators are numbered from 1: the graph's inputs are there before the first, its outputs until after the last.
    """
    first: dict[int, int] = dict.fromkeys(graph.inputs, 0)
    last: dict[int, int] = dict.fromkeys(graph.inputs, 0)
    for number, operator in enumerate(graph.operators, start=1):
        for tensor in operator.outputs:
            first.setdefault(tensor, number)
            last[tensor] = number
        for tensor in operator.inputs:
            last[tensor] = number
    last.update(dict.fromkeys(graph.outputs, len(graph.operators)))
    placed = [number for number in sorted(first) if number >= 0 and graph.tensors[number].data is None]
    if any(not has_size(graph.tensors[number]) for number in placed):
        return None
    return [Lifetime(number, tensor_bytes(graph.tensors[number]), first[number], last[number]) for number in placed]


def has_size(tensor: Tensor) -> bool:
    """Whether a tensor's bytes are known."""
    return tensor.dtype in BYTES and min(tensor.shape, default=1) > 0


def tensor_bytes(tensor: Tensor) -> int:
    """A tensor's bytes, rounded up to the alignment."""
    return -(-tensor.values * BYTES[tensor.dtype] // ALIGNMENT) * ALIGNMENT


def least_bytes(lives: Sequence[Lifetime]) -> int:
    """What no plan can go below: the most bytes that are alive at one time."""
    times = range(max((each.last for each in lives), default=-1) + 1)
    return max((sum(each.bytes for each in lives if each.first <= time <= each.last) for time in times), default=0)


def greedy(lives: Sequence[Lifetime]) -> MemoryPlan:
    """TFLite Micro's own plan: the largest first, the later one of equals first, each at the lowest place that is free."""
    order = sorted(range(len(lives)), key=lambda place: (-lives[place].bytes, -place))
    return first_fit(lives, order)


def first_fit(lives: Sequence[Lifetime], order: Sequence[int]) -> MemoryPlan:
    """Each tensor in turn at the lowest place where it meets no other that is alive at the same time."""
    offsets = [0] * len(lives)
    placed: list[int] = []
    for place in order:
        own, offset = lives[place], 0
        for start, end in sorted((offsets[each], offsets[each] + lives[each].bytes) for each in placed if own.meets(lives[each])):
            if start - offset >= own.bytes:
                break
            offset = max(offset, end)
        offsets[place] = offset
        placed.append(place)
    return MemoryPlan.of(lives, offsets)


def smallest(lives: Sequence[Lifetime]) -> MemoryPlan:
    """The smallest plan that was found; the least that there can be for a chain, and nearly always for other graphs."""
    least = least_bytes(lives)
    best = min((by_turns(lives), greedy(lives), *simple_orders(lives)), key=lambda plan: plan.bytes)
    draw = random.Random(0)  # the same file gives the same plan
    order = sorted(range(len(lives)), key=lambda place: -lives[place].bytes)
    for _ in range(ORDERS_TRIED):
        if best.bytes <= least:
            break
        one, other = draw.randrange(len(order)), draw.randrange(len(order))
        changed = list(order)
        changed[one], changed[other] = changed[other], changed[one]
        found = first_fit(lives, changed)
        if found.bytes <= first_fit(lives, order).bytes:
            order = changed
        best = min(best, found, key=lambda plan: plan.bytes)
    check(lives, best)
    return best


def by_turns(lives: Sequence[Lifetime]) -> MemoryPlan:
    """Tensors in the order in which they come to life, at the bottom and above their neighbours by turns.

    In a chain no more than two are alive at a time, so no operator needs more than its input and output, and above those all is
    free for kernels' scratch memory. In another graph they may overlap: that is no plan, and TFLite Micro's own is returned.
    """
    order = sorted(range(len(lives)), key=lambda place: (lives[place].first, lives[place].last))
    sizes = [0, *(lives[place].bytes for place in order), 0]
    offsets = [0] * len(lives)
    for turn, place in enumerate(order):
        offsets[place] = max(sizes[turn], sizes[turn + 2]) if turn % 2 else 0
    plan = MemoryPlan.of(lives, offsets)
    return plan if overlapping(lives, plan) is None else greedy(lives)


def simple_orders(lives: Sequence[Lifetime]) -> list[MemoryPlan]:
    """First fit by time, by time of death, by bytes times life."""
    places = range(len(lives))
    keys = (
        lambda place: (lives[place].first, -lives[place].bytes),
        lambda place: (-lives[place].last, -lives[place].bytes),
        lambda place: -lives[place].bytes * (lives[place].last - lives[place].first + 1),
    )
    return [first_fit(lives, sorted(places, key=key)) for key in keys]


def overlapping(lives: Sequence[Lifetime], plan: MemoryPlan) -> tuple[Lifetime, Lifetime] | None:
    """Two tensors that are alive at the same time and share bytes; None when there are none."""
    for place, own in enumerate(lives):
        start = plan.offsets[place]
        for other in range(place):
            apart = plan.offsets[other] >= start + own.bytes or start >= plan.offsets[other] + lives[other].bytes
            if own.meets(lives[other]) and not apart:
                return lives[other], own
    return None


def check(lives: Sequence[Lifetime], plan: MemoryPlan) -> None:
    """Proves that a plan is one.

    Raises:
        ValueError: two live tensors share bytes, or a place is not aligned.
    """
    pair = overlapping(lives, plan)
    if pair is not None:
        raise ValueError(f"Tensors {pair[0].tensor} and {pair[1].tensor} are alive at the same time and share bytes.")
    if any(offset < 0 or offset % ALIGNMENT for offset in plan.offsets):
        raise ValueError(f"A tensor lies at no multiple of {ALIGNMENT} bytes.")


def packed(lives: Sequence[Lifetime], plan: MemoryPlan, tensors: int) -> bytes:
    """The plan as the named buffer that TFLite Micro reads."""
    offsets = [ONLINE] * tensors
    for each, offset in zip(lives, plan.offsets, strict=True):
        offsets[each.tensor] = offset
    return struct.pack(f"<{3 + tensors}i", VERSION, 0, tensors, *offsets)


def unpacked(content: bytes | memoryview) -> tuple[int, ...] | None:
    """The offsets in such a buffer; None where it is none for the first graph."""
    if len(content) < 12 or len(content) % 4:
        return None
    version, graph, count, *offsets = struct.unpack(f"<{len(content) // 4}i", content)
    return tuple(offsets) if version == VERSION and graph == 0 and count == len(offsets) else None
