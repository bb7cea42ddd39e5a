"""Plans of the arena: none overlaps, chains reach the least, TFLite Micro's own rule is as its sources say."""

from __future__ import annotations

import random

import pytest

from builder.slim.memory_plan import (
    Lifetime,
    MemoryPlan,
    by_turns,
    check,
    greedy,
    least_bytes,
    lifetimes,
    overlapping,
    packed,
    smallest,
    unpacked,
)
from builder.tflite_file.graph import Operator, Subgraph, Tensor
from builder.tflite_file.operators import Options


def chain(*sizes: int) -> list[Lifetime]:
    """Operator i reads tensor i - 1 and writes tensor i."""
    return [Lifetime(place, size, place, min(place + 1, len(sizes) - 1)) for place, size in enumerate(sizes)]


def test_the_greedy_plan_can_need_more_than_any_operator() -> None:
    lives = chain(48, 32, 32, 64)  # 64 at 0; 48 at 0; 32 after 64; the other 32 between 48 and 32, which leaves it no room

    assert (greedy(lives).bytes, least_bytes(lives)) == (128, 96)


def test_a_chain_by_turns_reaches_the_least() -> None:
    lives = chain(48, 32, 32, 64)

    assert by_turns(lives).bytes == 96
    assert smallest(lives).bytes == 96


@pytest.mark.parametrize("seed", range(100))
def test_every_chain_reaches_the_least_without_overlap(seed: int) -> None:
    draw = random.Random(seed)
    lives = chain(*(16 * draw.randint(1, 50) for _ in range(draw.randint(2, 40))))
    plan = smallest(lives)

    assert overlapping(lives, plan) is None
    assert plan.bytes == least_bytes(lives)


@pytest.mark.parametrize("seed", range(40))
def test_any_graph_gets_a_plan_without_overlap_that_is_no_worse_than_the_greedy_one(seed: int) -> None:
    draw = random.Random(seed)
    lives = []
    for number in range(draw.randint(2, 25)):
        first = draw.randint(0, 20)
        lives.append(Lifetime(number, 16 * draw.randint(1, 30), first, first + draw.randint(0, 8)))
    plan = smallest(lives)

    assert overlapping(lives, plan) is None
    assert least_bytes(lives) <= plan.bytes <= greedy(lives).bytes


def test_the_same_graph_gets_the_same_plan() -> None:
    lives = [Lifetime(number, 16 * (7 * number % 11 + 1), number // 2, number // 2 + number % 4) for number in range(30)]

    assert smallest(lives) == smallest(lives)


def test_a_plan_that_overlaps_is_refused() -> None:
    lives = chain(32, 32)

    with pytest.raises(ValueError, match="share bytes"):
        check(lives, MemoryPlan.of(lives, (0, 16)))
    with pytest.raises(ValueError, match="multiple of 16"):
        check(lives, MemoryPlan.of(lives, (0, 40)))


def test_a_plan_is_packed_as_tflite_micro_reads_it() -> None:
    lives = [Lifetime(3, 32, 0, 1), Lifetime(1, 16, 1, 2)]
    content = packed(lives, MemoryPlan.of(lives, (0, 32)), tensors=5)

    assert unpacked(content) == (-1, 32, -1, 0, -1)
    assert content[:12] == bytes([1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0])


def test_nonsense_is_no_plan() -> None:
    assert unpacked(b"") is None
    assert unpacked(bytes(13)) is None
    assert unpacked(bytes(16)) is None  # version 0


def tensor(*shape: int, data: bytes | None = None) -> Tensor:
    return Tensor("", shape, "int8", None, None if data is None else memoryview(data))


def test_lifetimes_follow_the_operators() -> None:
    graph = Subgraph(
        tensors=(tensor(1, 100), tensor(3, data=b"abc"), tensor(1, 20), tensor(1, 5)),
        operators=(Operator("CONV_2D", (0, 1), (2,), Options()), Operator("SOFTMAX", (2,), (3,), Options())),
        inputs=(0,),
        outputs=(3,),
    )

    assert lifetimes(graph) == [Lifetime(0, 112, 0, 1), Lifetime(2, 32, 1, 2), Lifetime(3, 16, 2, 2)]


def test_a_tensor_of_unknown_size_has_no_plan() -> None:
    graph = Subgraph((tensor(-1, 100), tensor(1, 4)), (Operator("SOFTMAX", (0,), (1,), Options()),), (0,), (1,))

    assert lifetimes(graph) is None
