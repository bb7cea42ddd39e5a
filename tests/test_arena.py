"""The arena held against TensorFlow Lite Micro's interpreter, and the planner against plans made by hand."""

from __future__ import annotations

import random
import time

import pytest

from builder.architecture import Network
from builder.arena import arena, greedy_plan, least_plan, operators, places, planned_head

# What the interpreter (PyPI tflite-micro, 2026) printed for files without a memory plan: total, head.
REAL = {
    (0.25, 96, 3, 10): (103_792, 73_728),
    (0.1, 100, 1, 2): (47_056, 30_016),
    (0.1, 200, 3, 2): (167_040, 150_000),
    (0.05, 32, 3, 2): (15_952, 3_328),
    (0.33, 33, 1, 7): (46_080, 8_976),
    (0.35, 256, 3, 37): (760_144, 720_896),
    (0.5, 128, 1, 100): (249_264, 196_608),
    (0.61, 111, 3, 2): (243_408, 181_888),
    (0.78, 32, 1, 256): (97_040, 18_688),
    (1.0, 224, 3, 1001): (1_307_888, 1_204_224),
    (1.5, 64, 3, 1000): (294_864, 147_456),
}


@pytest.mark.parametrize(("dials", "real"), REAL.items())
def test_the_arena_is_what_the_interpreter_prints(dials: tuple[float, int, int, int], real: tuple[int, int]) -> None:
    planned = arena(Network(*dials))

    assert (planned.greedy_bytes, planned.greedy_activation_bytes) == real
    assert planned.persistent_bytes == real[0] - real[1]


# The same of `float32` and `int8` files: totals.
REAL_VARIANTS = {
    (0.25, 48, 3, 10): (103_728, 48_736),
    (0.25, 128, 3, 10): (554_288, 161_376),
    (0.25, 32, 3, 10): (62_576, 38_304),
    (0.1, 100, 1, 2): (136_976, 47_296),
    (0.33, 33, 1, 7): (72_896, 46_320),
    (0.5, 96, 3, 100): (494_960, 163_488),
    (0.25, 64, 3, 2): (160_976, 62_976),
    (0.61, 111, 3, 2): (789_008, 243_648),
    (0.75, 160, 3, 37): (1_917_200, 535_104),
    (0.05, 32, 3, 2): (25_872, 19_008),  # two images are the peak of int8
}


@pytest.mark.parametrize(("dials", "real"), REAL_VARIANTS.items())
def test_the_arenas_of_the_other_files_are_what_the_interpreter_prints(
    dials: tuple[float, int, int, int], real: tuple[int, int]
) -> None:
    assert (arena(Network(*dials), "float32").total_bytes, arena(Network(*dials), "int8").total_bytes) == real


def test_person_detection_takes_the_activations_that_its_file_takes() -> None:
    # vww_96_int8.tflite, MLPerf Tiny: 73,728 of its 103,680 bytes. 48 x 48 x 16, and 48 x 48 x 8 above it twice.
    assert arena(Network(0.25, 96, 3, 2)).greedy_activation_bytes == 48 * 48 * (16 + 8 + 8)


# The same of files as they are exported, with a memory plan where one saves anything.
REAL_PLANNED = {
    (0.25, 96, 3, 10): 85_360,
    (0.25, 128, 3, 10): 128_368,
    (0.1, 100, 1, 2): 39_552,
}


@pytest.mark.parametrize(("dials", "real"), REAL_PLANNED.items())
def test_with_its_plan_the_arena_is_what_the_interpreter_prints(dials: tuple[float, int, int, int], real: int) -> None:
    planned = arena(Network(*dials))
    assert planned.has_plan
    assert planned.total_bytes == real


def test_where_the_interpreters_plan_is_the_smallest_the_file_carries_none() -> None:
    grey = arena(Network(0.25, 96, 1, 2))
    assert not grey.has_plan
    assert grey.total_bytes == grey.greedy_bytes


def test_a_plan_needs_no_more_than_the_largest_pair() -> None:
    # 48 and 32 at most are alive together; by TFLite Micro's rule 128 bytes are needed (below).
    assert least_plan([48, 32, 32, 64]) == 32 + 64
    assert planned_head(96, [48, 32, 32, 64], (), 0) == 96


def test_scratch_lies_between_an_operators_tensors_or_above_both() -> None:
    # Tensors 1 and 2: the second at 0 to 16, the first above tensor 0, at 64 to 80; 48 bytes are free between them.
    assert places([64, 16, 16], 1) == (16, 64, 80)
    assert planned_head(80, [64, 16, 16], (48,), 1) == 80
    assert planned_head(80, [64, 16, 16], (64,), 1) == 80 + 64


def test_the_peak_is_the_layer_with_most_bytes_alive() -> None:
    assert arena(Network(0.25, 96, 3, 10)).peak_layer == "conv_pw_1"  # 48 x 48 x (8 + 16), conv1 96 x 96 x 3 + 48 x 48 x 8
    assert arena(Network(0.1, 200, 3, 2)).peak_layer == "conv1"  # 200 x 200 x 3 + 100 x 100 x 3, conv_pw_1 100 x 100 x (3 + 6)
    assert arena(Network(0.1, 32, 1, 100_000)).peak_layer == "flatten"


def test_operators_are_named_as_layers() -> None:
    assert operators(True)[:3] == ("conv1", "conv_dw_1", "conv_pw_1")
    assert len(operators(True)) == 31
    assert len(operators(False)) == 30


def test_a_chain_of_two_needs_both() -> None:
    assert greedy_plan([32, 16], (), 0) == 48


def test_sizes_are_aligned() -> None:
    assert greedy_plan([1, 17], (), 0) == 16 + 32


def test_what_is_not_alive_together_shares_bytes() -> None:
    # The largest lies at 0, its neighbours above it, and the last again at 0.
    assert greedy_plan([16, 64, 16, 16], (), 0) == 80


def test_the_greedy_plan_can_need_more_than_any_operator() -> None:
    # 64 at 0; 48 has no neighbour there: at 0; 32 after 64 at 64; the other 32 is alive with 48 (0 to 48) and 32 (64 to 96).
    assert greedy_plan([48, 32, 32, 64], (), 0) == 128


def test_scratch_lies_beside_its_operators_tensors() -> None:
    assert greedy_plan([32, 16, 16], (64,), 0) == 64 + 32 + 16
    assert greedy_plan([32, 16, 16], (64,), 1) == 64 + 16 + 16


def plan_of_any_graph(buffers: list[tuple[int, int, int]]) -> int:
    """The same rule for buffers (bytes, first use, last use) of any lifetime."""
    placed: list[tuple[int, int, int, int]] = []
    for number in sorted(range(len(buffers)), key=lambda number: (-buffers[number][0], -number)):
        size, first, last = buffers[number]
        offset = 0
        for start, length, _, _ in sorted(each for each in placed if each[2] <= last and first <= each[3]):
            if start - offset >= size:
                break
            offset = max(offset, start + length)
        placed.append((offset, size, first, last))
    return max(start + length for start, length, _, _ in placed)


@pytest.mark.parametrize("seed", range(50))
def test_a_chain_is_planned_as_any_graph(seed: int) -> None:
    draw = random.Random(seed)
    sizes = [16 * draw.randint(1, 12) for _ in range(draw.randint(2, 12))]
    operator = draw.randrange(len(sizes) - 1)
    scratch = [16 * draw.randint(1, 12) for _ in range(draw.randint(0, 3))]
    # Operator i runs at time i; the last tensor is alive until the end.
    buffers = [(size, place - 1, min(place, len(sizes) - 2)) for place, size in enumerate(sizes)]
    buffers += [(size, operator, operator) for size in scratch]

    assert greedy_plan(sizes, scratch, operator) == plan_of_any_graph(buffers)


@pytest.mark.parametrize("variant", ["int8_micro", "int8", "float32"])
def test_leaving_out_what_does_not_decide_changes_nothing(variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(0)
    networks = [Network(draw.uniform(0.05, 1.5), draw.randint(32, 256), 3, draw.choice((2, 100, 20_000))) for _ in range(200)]
    short = [arena.__wrapped__(network, variant) for network in networks]
    monkeypatch.setattr("builder.arena.decisive", lambda sizes, _: len(sizes))
    assert [arena.__wrapped__(network, variant) for network in networks] == short


def test_a_thousand_arenas_take_a_moment() -> None:
    networks = [Network(0.1 + 0.035 * step, resolution, 3, 11) for step in range(40) for resolution in range(32, 257, 9)]

    started = time.thread_time()
    for network in networks:
        arena(network)

    assert time.thread_time() - started < 0.2  # 20 ms on an idle machine
