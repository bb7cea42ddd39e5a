"""From published rows to cycles on a core with a kernel library that may have no row of its own.

Cycles of a network = (cycles a mult-add) x mult-adds + (cycles a byte moved) x bytes + (cycles an operator) x operators.

The byte and operator terms come from series: one board that was timed with several widths (least squares of the relative error,
no negative term). They are the same for every core of an engine, since memory does not speed up with the arithmetic. An
accelerator's terms keep their ratio to its mult-adds instead, library by library.

What is left is one number a row, s = log(cycles a mult-add). Rows differ in s by family of cores, core, kernel library, board
and so on; each of these shifts s by an unknown amount whose typical size is known (`[spread]` in latency.toml). The best linear
prediction from all rows of the engine, and its standard error, follow from that (a mixed model; Robinson 1991,
doi:10.1214/ss/1177011926). A row of the same board counts most, then one of the same core and library, then of either alone; the
error grows accordingly, so that a board without peers gets a wide band by itself.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from builder.cost import Cost
from builder.latency_rows import Core, Published, Row, cost_of_row
from builder.least_squares import Vector, cholesky, dot, fit_nonnegative, forward

NOMINAL_MHZ = 1000.0  # of an accelerator without a published clock: its time is then compared instead of its cycles
ENGINE_VARIANCE = 9.0  # of s over all cores of an engine: e^3 either way, so nothing is assumed of its mean
COMPUTE_SHARE_MIN = 0.3  # of all cycles; keeps a core's own figure when the shared byte and operator terms are too dear for it
REFERENCE_MULTIPLY_ADDS = {"micro": 7_489_664, "cpu": 568_740_352, "npu": 568_740_352}  # where most rows of the engine are
REFERENCE_WORK = (568_740_352.0, 10_238_952.0, 4_221_032.0, 29.0)  # `terms` of alpha 1.0 at 224 px in int8


@dataclass(frozen=True, slots=True)
class Key:
    """Where a row belongs."""

    device: str
    core: Core
    library: str
    precision: str


@dataclass(frozen=True, slots=True)
class Curve:
    """s and its variance as functions of x = log(mult-adds / the engine's reference): linear and quadratic."""

    s: tuple[float, float]
    variance: tuple[float, float, float]


def terms(counts: Cost, precision: str) -> Vector:
    """Mult-adds, activation bytes in and out of each layer, weight bytes, operators."""
    size = 4 if precision == "float32" else 1
    activations = 0
    for layer in counts.layers:
        activations += layer.activation_bytes
    return (float(counts.multiply_adds), float(activations * size), float(counts.parameters * size), float(len(counts.layers)))


def key_of(row: Row, cores: dict[str, Core]) -> Key:
    """The row's key; int8 kernels that use dot-product instructions are kernels of another kind."""
    core = cores[row.core]
    return Key(row.device, core, row.library, kernel_precision(core, row.precision))


def kernel_precision(core: Core, precision: str) -> str:
    """`int8 dot` where int8 kernels have a dot-product instruction, else the precision itself."""
    return "int8 dot" if core.int8_dot and precision == "int8" else precision


class Model:
    """What the rows say; immutable once made.

    Args:
        rows: the rows to learn from: all of them, or all but one board's to see how well that board is predicted.
        published: the cores and spreads.
    """

    def __init__(self, rows: Iterable[Row], published: Published) -> None:
        self.rows = tuple(rows)
        self.cores = published.cores
        self.spread = published.spread
        self.reach = published.reach
        self.thread_power = self._thread_power()
        self.series: dict[Key, list[Row]] = {}
        for row in self.rows:
            self.series.setdefault(key_of(row, self.cores), []).append(row)
        self.overheads: dict[tuple[str, ...], Vector] = self._overheads()
        self.slopes = self._slopes()
        self.observed = {engine: self._observe(engine) for engine in self.spread}
        self._factors: dict[str, tuple[list[list[float]], list[float]]] = {}

    def clock(self, mhz: float | None, threads: int) -> float:
        """Cycles in a millisecond, of all threads together: n threads are worth n^p."""
        return 1e3 * (mhz or NOMINAL_MHZ) * math.pow(threads, self.thread_power)

    def _thread_power(self) -> float:
        """p from boards timed with one thread and with several."""
        by_board: dict[tuple[str, str, str], dict[int, float]] = {}
        for row in self.rows:
            by_board.setdefault((row.device, row.library, row.precision), {})[row.threads] = row.ms
        powers = [
            math.log(times[1] / ms) / math.log(threads)
            for times in by_board.values()
            if 1 in times
            for threads, ms in times.items()
            if threads > 1
        ]
        return statistics.median(powers) if powers else 1.0

    def _overheads(self) -> dict[tuple[str, ...], Vector]:
        """Cycles a mult-add, a byte of activations, a byte of weights and an operator, from boards timed with several widths."""
        found: dict[tuple[str, ...], list[Vector]] = {}
        for key, rows in self.series.items():
            if len({row.network.alpha for row in rows}) < 2:
                continue
            engine, lines = key.core.engine, list[Vector]()
            for row in rows:
                work = terms(cost_of_row(row.network), row.precision)
                weights = work[2] if engine == "npu" else 0.0  # accelerators fetch weights over a slow bus
                cycles = row.ms * self.clock(row.mhz, row.threads)
                lines.append((work[0] / cycles, work[1] / cycles, weights / cycles, work[3] / cycles))
            fitted = fit_nonnegative(lines)
            if engine == "npu":
                total = dot(fitted, REFERENCE_WORK)
                fitted = tuple(value / total for value in fitted)
            for place in ((engine,), (engine, key.precision), (engine, key.library, key.precision)):
                found.setdefault(place, []).append(fitted)
        return {place: tuple(map(statistics.median, zip(*many, strict=True))) for place, many in found.items()}

    def _slopes(self) -> dict[str, float]:
        """By engine, how far series lie apart in d log(cycles) / d log(mult-adds): the doubt in another series' terms."""
        slopes: dict[str, list[float]] = {engine: [] for engine in self.spread}
        for key, rows in self.series.items():
            first, last = (pick(rows, key=lambda row: cost_of_row(row.network).multiply_adds) for pick in (min, max))
            if first.network.alpha != last.network.alpha:
                work = cost_of_row(last.network).multiply_adds / cost_of_row(first.network).multiply_adds
                slopes[key.core.engine].append(math.log(last.ms / first.ms) / math.log(work))
        together = list(itertools.chain(*slopes.values()))
        return {
            engine: statistics.stdev(own if len(own) > 2 else together) if len(together) > 1 else 0.0
            for engine, own in slopes.items()
        }

    def overhead(self, key: Key) -> Vector:
        """The terms for a key: those of its engine and precision, or of the accelerator's library, or the nearest there are."""
        engine, precision = key.core.engine, key.precision.removesuffix(" dot")
        places: tuple[tuple[str, ...], ...] = ((engine, precision), (engine,), ("cpu", precision), ("micro", precision))
        if engine == "npu":
            places = ((engine, key.library, precision), (engine,))
        return next((self.overheads[place] for place in places if place in self.overheads), (1.0, 0.0, 0.0, 0.0))

    def _observe(self, engine: str) -> list[tuple[Key, float, float]]:
        """(key, x, s) of each network of each series; repeated measurements are averaged."""
        observed = []
        for key, rows in self.series.items():
            if key.core.engine != engine:
                continue
            overhead, by_network = self.overhead(key), dict[Vector, list[float]]()
            for row in rows:
                work = terms(cost_of_row(row.network), row.precision)
                cycles = row.ms * self.clock(row.mhz, row.threads)
                by_network.setdefault(work, []).append(log_cycles_a_multiply_add(engine, overhead, work, cycles))
            for work, values in by_network.items():
                observed.append((key, size_of(engine, work), statistics.fmean(values)))
        return observed

    def _alike(self, left: Key, right: Key) -> tuple[float, float]:
        """Covariance of s between two rows: a constant, and the part that goes with the product of their sizes x."""
        family, core, library, both, device, precision, size, series, _ = (value * value for value in self.spread[left.core.engine])
        alike = ENGINE_VARIANCE
        same_core, same_kernels = left.core == right.core, (left.library, left.precision) == (right.library, right.precision)
        alike += family * (left.core.family == right.core.family) + core * same_core + library * same_kernels
        alike += both * (same_core and same_kernels) + device * (left.device == right.device)
        alike += precision * (left.precision == right.precision) + series * (same_kernels and left.device == right.device)
        if same_kernels and (left.core.engine, left.library, left.precision.removesuffix(" dot")) not in self.overheads:
            size = max(size, self.slopes[left.core.engine] ** 2)
        return alike, size * same_kernels

    def _factor(self, engine: str) -> tuple[list[list[float]], list[float]]:
        """The Cholesky factor of the rows' covariance, and the rows' s through it."""
        if engine not in self._factors:
            observed, noise = self.observed[engine], self.spread[engine][-1] ** 2
            matrix = []
            for i, (left, left_size, _) in enumerate(observed):
                line = []
                for right, right_size, _ in observed[: i + 1]:
                    alike, sized = self._alike(left, right)
                    line.append(alike + sized * left_size * right_size)
                line[i] += noise
                matrix.append(line)
            lower = cholesky(matrix)
            self._factors[engine] = lower, forward(lower, [s for _, _, s in observed])
        return self._factors[engine]

    def peers(self, key: Key) -> str:
        """What the rows share with a key: the `board` and its kernels, core and kernels (`both`), `one` of these, or `neither`."""
        engine, kernels = key.core.engine, (key.library, key.precision)
        found = [
            (other.device == key.device, other.core == key.core, (other.library, other.precision) == kernels)
            for other in self.series
            if other.core.engine == engine
        ]
        if any(board and same for board, _, same in found):
            return "board"
        if any(core and same for _, core, same in found):
            return "both"
        return "one" if any(core or same for _, core, same in found) else "neither"

    def curve(self, key: Key) -> Curve:
        """What the rows say of one board, core and library: s and its variance by size of the network."""
        engine = key.core.engine
        lower, values = self._factor(engine)
        covariances = [(self._alike(key, other), size) for other, size, _ in self.observed[engine]]
        constant = forward(lower, [alike for (alike, _), _ in covariances])
        sized = forward(lower, [by_size * size for (_, by_size), size in covariances])
        prior, prior_size = self._alike(key, key)
        return Curve(
            s=(dot(constant, values), dot(sized, values)),
            variance=(
                prior + self.spread[engine][-1] ** 2 - dot(constant, constant),
                -2 * dot(constant, sized),
                prior_size - dot(sized, sized),
            ),
        )


def cycles_of(engine: str, overhead: Vector, work: Vector, s: float) -> float:
    """All cycles of a network, from its s = log(cycles a mult-add)."""
    if engine == "npu":
        return math.exp(s) * REFERENCE_WORK[0] * dot(overhead, work) / dot(overhead, REFERENCE_WORK)
    own = math.exp(s) * work[0]
    other = overhead[1] * work[1] + overhead[2] * work[2] + overhead[3] * work[3]
    return own + min(other, own * (1 / COMPUTE_SHARE_MIN - 1))


def log_cycles_a_multiply_add(engine: str, overhead: Vector, work: Vector, cycles: float) -> float:
    """The inverse of `cycles_of`."""
    if engine == "npu":
        return math.log(cycles * dot(overhead, REFERENCE_WORK) / dot(overhead, work) / REFERENCE_WORK[0])
    return math.log(max(cycles - dot(overhead[1:], work[1:]), COMPUTE_SHARE_MIN * cycles) / work[0])


def size_of(engine: str, work: Vector) -> float:
    """x: the logarithm of mult-adds over the engine's reference."""
    return math.log(work[0] / REFERENCE_MULTIPLY_ADDS[engine])
