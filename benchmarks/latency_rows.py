"""How well published latencies are predicted without the board that they were measured on.

    python benchmarks/latency_rows.py            the table, into benchmarks/RESULTS.md
    python benchmarks/latency_rows.py --rows     every row as well
    python benchmarks/latency_rows.py --spread   the spreads of latency.toml again, by maximum likelihood

Each board's rows are left out in turn, all of them; byte and operator terms, thread scaling, spreads, the reach of the band and the
prediction then come from the rows of other boards only.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from results import write_section
from scipy.optimize import minimize

from builder.latency_model import ENGINE_VARIANCE, Model, cycles_of, key_of, log_cycles_a_multiply_add, size_of, terms
from builder.latency_rows import SPREADS, Published, Row, cost_of_row, published

TITLE = "Latency, each board predicted without its own rows"
# A spread that few rows speak of stays near 0.3 (a third), give or take a factor e; the others follow the rows.
USUAL_SPREAD = 0.3
Z_NINE_IN_TEN = 1.645  # of a normal distribution, where there is no row to go by
AIMS = (0.20, 0.90, 3.0)


@dataclass(frozen=True)
class Prediction:
    """One row, predicted without its board: log(cycles a mult-add) and its standard error, and what turns it into milliseconds."""

    row: Row
    engine: str
    peers: str
    middle: float
    error: float
    published: float
    milliseconds: Callable[[float], float]

    @property
    def distance(self) -> float:
        """From the published latency, in standard errors."""
        return abs(self.published - self.middle) / self.error


@dataclass(frozen=True)
class Outcome:
    """A prediction with its band."""

    row: Row
    engine: str
    peers: str
    low: float
    typical: float
    high: float

    @property
    def error(self) -> float:
        """Relative to the published latency."""
        return abs(self.typical / self.row.ms - 1)

    @property
    def covered(self) -> bool:
        """Whether the band holds the published latency."""
        return self.low <= self.row.ms <= self.high


def fit_spread(model: Model, engine: str) -> tuple[float, ...]:
    """The spreads under which the rows of an engine are likeliest."""
    observed = model.observed[engine]
    keys, sizes = [key for key, _, _ in observed], np.array([size for _, size, _ in observed])
    values = np.array([s for _, _, s in observed])

    def alike(of: Callable[..., object]) -> np.ndarray:
        names = [of(key) for key in keys]
        return np.array([[left == right for right in names] for left in names], dtype=float)

    kernels = alike(lambda key: (key.library, key.precision))
    parts = {
        "family": alike(lambda key: key.core.family),
        "core": alike(lambda key: key.core.name),
        "library": kernels,
        "core_and_library": alike(lambda key: (key.core.name, key.library, key.precision)),
        "device": alike(lambda key: key.device),
        "precision": alike(lambda key: key.precision),
        "size": kernels * np.outer(sizes, sizes),
        "series": alike(lambda key: (key.device, key.library, key.precision)),
        "row": np.eye(len(keys)),
    }
    stack = np.stack([parts[name] for name in SPREADS])

    def unlikelihood(logs: np.ndarray) -> float:
        covariance = ENGINE_VARIANCE + np.tensordot(np.exp(2 * logs), stack, 1)
        try:
            lower = np.linalg.cholesky(covariance)
        except np.linalg.LinAlgError:
            return 1e9
        half = np.linalg.solve(lower, values)
        usual = 0.5 * np.sum((logs - math.log(USUAL_SPREAD)) ** 2)
        return float(0.5 * half @ half + np.log(np.diag(lower)).sum() + usual)

    start = np.full(len(SPREADS), math.log(USUAL_SPREAD))
    found = minimize(unlikelihood, start, method="L-BFGS-B", bounds=[(-5, 2)] * len(SPREADS))
    return tuple(round(float(spread), 3) for spread in np.exp(found.x))


def with_own_spread(rows: Sequence[Row], everything: Published) -> Model:
    """A model whose spreads come from these rows too."""
    first = Model(rows, everything)
    spread = {engine: fit_spread(first, engine) for engine in everything.spread}
    return Model(rows, replace(everything, spread=spread))


def leave_one_out(everything: Published) -> list[Prediction]:
    """Every measured row, predicted from the other boards."""
    predictions = []
    measured = [row for row in everything.rows if row.measured]
    for device in dict.fromkeys(row.device for row in measured):
        model = with_own_spread([row for row in everything.rows if row.device != device], everything)
        predictions += [predict(model, row) for row in measured if row.device == device]
    return predictions


def leave_one_network_out(everything: Published) -> list[Prediction]:
    """Rows of boards that were timed with several networks, predicted from the board's other networks too."""
    model = Model(everything.rows, everything)
    predictions = []
    for key, rows in model.series.items():
        for network in dict.fromkeys(row.network for row in rows):
            left = [row for row in rows if row.network == network and row.measured]
            if not left or len(left) == len(rows):
                continue
            others = Model(
                [row for row in everything.rows if key_of(row, model.cores) != key or row.network != network], everything
            )
            predictions += [predict(others, row) for row in left]
    return predictions


def predict(model: Model, row: Row) -> Prediction:
    """A row that the model has not seen."""
    key, work = key_of(row, model.cores), terms(cost_of_row(row.network), row.precision)
    engine, curve, overhead = key.core.engine, model.curve(key), model.overhead(key)
    x, scale = size_of(engine, work), model.clock(row.mhz, row.threads)
    return Prediction(
        row=row,
        engine=engine,
        peers=model.peers(key),
        middle=curve.s[0] + curve.s[1] * x,
        error=math.sqrt(curve.variance[0] + curve.variance[1] * x + curve.variance[2] * x * x),
        published=log_cycles_a_multiply_add(engine, overhead, work, row.ms * scale),
        milliseconds=lambda s: cycles_of(engine, overhead, work, s) / scale,
    )


def reach(predictions: Sequence[Prediction], peers: str, without: str = "") -> float:
    """Standard errors that hold nine in ten rows of the other boards; a board's rows with one library count as one."""
    rows = [p for p in predictions if p.peers == peers and p.row.device != without]
    groups = Counter((p.row.device, p.row.library, p.row.precision) for p in rows)
    weighted = sorted((p.distance, 1 / groups[p.row.device, p.row.library, p.row.precision]) for p in rows)
    held, wanted = 0.0, 0.9 * sum(weight for _, weight in weighted)
    for distance, weight in weighted:
        held += weight
        if held >= wanted:
            return distance
    return Z_NINE_IN_TEN


def banded(predictions: Sequence[Prediction]) -> list[Outcome]:
    """Each prediction with a band whose reach comes from the other boards."""
    outcomes = []
    for p in predictions:
        half = reach(predictions, p.peers, without=p.row.device) * p.error
        low, typical, high = (p.milliseconds(s) for s in (p.middle - half, p.middle, p.middle + half))
        outcomes.append(Outcome(p.row, p.engine, p.peers, low, typical, high))
    return outcomes


def summary(name: str, outcomes: Sequence[Outcome]) -> str:
    """One line of the table."""
    if not outcomes:
        return f"| {name} | 0 | | | |"
    return (
        f"| {name} | {len(outcomes)} | {statistics.median(o.error for o in outcomes):.0%} "
        f"| {statistics.fmean(o.covered for o in outcomes):.0%} | {statistics.median(o.high / o.low for o in outcomes):.3g} |"
    )


def table(outcomes: Sequence[Outcome], networks: Sequence[Outcome]) -> str:
    """Median error, coverage and width: in all, by engine, by what other boards share; then of boards timed with other networks."""
    lines = ["| Rows | number | median error | in the band | band, high / low |", "|---|---|---|---|---|"]
    lines.append(summary("**all**", outcomes))
    names = {"micro": "microcontrollers", "cpu": "Linux boards and phones (CPU)", "npu": "accelerators"}
    lines += [summary(text, [o for o in outcomes if o.engine == engine]) for engine, text in names.items()]
    tiers = {
        "both": "another board has the same core and kernels",
        "one": "other boards have the core or the kernels",
        "neither": "no other board has either",
    }
    lines += [summary(text, [o for o in outcomes if o.peers == tier]) for tier, text in tiers.items()]
    lines.append(summary("the board itself, timed with other networks", networks))
    return "\n".join(lines)


def main() -> None:
    """Prints and keeps the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", action="store_true", help="every row as well")
    arguments.add_argument("--spread", action="store_true", help="print the spreads for latency.toml and stop")
    arguments.add_argument("--no-write", action="store_true", help="leave RESULTS.md alone")
    options = arguments.parse_args()
    everything = published()
    predictions, networks = leave_one_out(everything), leave_one_network_out(everything)
    if options.spread:
        model = Model(everything.rows, everything)
        for engine in everything.spread:
            print(f"[spread.{engine}]")
            print("\n".join(f"{name} = {value}" for name, value in zip(SPREADS, fit_spread(model, engine), strict=True)))
            print()
        print("[reach]")
        print(f"board = {reach(networks, 'board'):.2f}")
        print("\n".join(f"{peers} = {reach(predictions, peers):.2f}" for peers in ("both", "one", "neither")))
        return
    outcomes = banded(predictions)
    if options.rows:
        for o in outcomes:
            print(
                f"{o.row}: {o.low:.3g} < {o.typical:.3g} < {o.high:.3g} ms, {o.typical / o.row.ms - 1:+.0%}"
                f"{'' if o.covered else ', OUTSIDE'} ({o.peers})"
            )
    error, coverage, width = AIMS
    text = (
        f"{table(outcomes, banded(networks))}\n\nAims: median error {error:.0%}, {coverage:.0%} in the band, a band of {width:g}. "
        f"{len(outcomes)} published rows of {len({o.row.device for o in outcomes})} boards."
    )
    print(text)
    if not options.no_write:
        write_section(TITLE, text, "python benchmarks/latency_rows.py")


if __name__ == "__main__":
    main()
