"""The estimates of finished builds beside what those builds measured, from their report.json."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder import accuracy
from builder.architecture import Network
from builder.errors import BuilderError, InvalidInput
from builder.report.json_file import read_report
from builder.runs import REPORT
from builder.truth.comparison import Comparison, Spread, spread

if TYPE_CHECKING:
    from builder.report import BuildReport

OF_THE_NETWORK = ("parameters", "multiply_adds")  # predicted once; each file must hold and count as many
OF_A_VARIANT = ("flash_bytes", "arena_bytes")
BY_VARIANT = (*OF_A_VARIANT, "accuracy")  # the others are exact counts: all variants together
EPOCHS_MIN = 3  # fewer say how far training had come, not what the network reaches
ORDER = (*OF_A_VARIANT, *OF_THE_NETWORK, "accuracy")


@dataclass(frozen=True, slots=True)
class Found:
    """All comparisons of a folder of builds.

    Args:
        builds: names of the finished builds whose reports could be read.
        comparisons: one by one.
        without_estimates: builds whose report was written before estimates of flash and RAM were kept in it.
        untrained: builds of no epochs: their accuracy says nothing about the prior.
        unreadable: builds with a damaged report, and what is wrong with it.
        short: builds of one or two epochs, whose accuracy is left out as well.
    """

    builds: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    without_estimates: tuple[str, ...]
    untrained: tuple[str, ...]
    unreadable: dict[str, str]
    short: tuple[str, ...] = ()

    def spreads(self) -> tuple[Spread, ...]:
        """How far off each estimate is: flash, arena and accuracy by variant, exact counts over all of them."""
        groups: dict[tuple[str, str], list[Comparison]] = {}
        for row in self.comparisons:
            groups.setdefault((row.estimate, row.variant if row.estimate in BY_VARIANT else ""), []).append(row)
        return tuple(spread(rows) for _, rows in sorted(groups.items(), key=lambda item: ORDER.index(item[0][0])))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "builds": list(self.builds),
            "estimates": [each.to_json() for each in self.spreads()],
            "comparisons": [each.to_json() for each in self.comparisons],
            "without_estimates": list(self.without_estimates),
            "untrained": list(self.untrained),
            "short": list(self.short),
            "unreadable": self.unreadable,
        }


def network_of_build(folder: Path) -> tuple[Network, tuple[str, ...]]:
    """The network of a finished build, and the variants that it has files of.

    Raises:
        InvalidInput: it is not done, or its report is damaged.
    """
    report = read_report(folder)
    values = report.predicted
    try:
        network = Network(values["alpha"], values["resolution"], values["channels"], values["classes"])
    except BuilderError as error:
        raise InvalidInput(f"{folder / REPORT} is damaged: {error}") from None
    return network, tuple(report.measured.variants)


def finished(exports: Path) -> list[Path]:
    """The folders of finished builds, by name."""
    return sorted(file.parent for file in exports.glob(f"*/{REPORT}") if not file.parent.name.startswith("."))


def collect(exports: Path) -> Found:
    """Compares every finished build's estimates with what it measured.

    Args:
        exports: where builds are kept; one that is not there has none.

    Returns:
        A `Found`; a damaged report is named in it and does not stop the others.
    """
    builds: list[str] = []
    rows: list[Comparison] = []
    without: list[str] = []
    untrained: list[str] = []
    short: list[str] = []
    unreadable: dict[str, str] = {}
    for folder in finished(exports):
        try:
            report = read_report(folder)
        except BuilderError as error:
            unreadable[folder.name] = str(error)
            continue
        builds.append(folder.name)
        rows += [*sizes(report, folder.name), *counts(report, folder.name)]
        if not estimates_of(report):
            without.append(folder.name)
        if not was_trained(report):
            untrained.append(folder.name)
        elif len(report.training.history) < EPOCHS_MIN:
            short.append(folder.name)
        else:
            rows += accuracies(report, folder.name)
    return Found(tuple(builds), tuple(rows), tuple(without), tuple(untrained), unreadable, tuple(short))


def estimates_of(report: BuildReport) -> dict[str, Any]:
    """What was predicted of each variant; empty in older reports."""
    values = report.predicted.get("variants")
    return values if isinstance(values, dict) else {}


def was_trained(report: BuildReport) -> bool:
    """Whether an epoch was kept."""
    return report.training.best_epoch is not None


def sizes(report: BuildReport, name: str) -> Iterator[Comparison]:
    """Flash and arena, of each variant for which both sides are known."""
    for variant, predicted in estimates_of(report).items():
        made = report.measured.variants.get(variant)
        if made is None or not isinstance(predicted, dict):
            continue
        for estimate in OF_A_VARIANT:
            yield from compared(name, estimate, variant, predicted.get(estimate), getattr(made, estimate))


def counts(report: BuildReport, name: str) -> Iterator[Comparison]:
    """Parameters and mult-adds, against those counted in each file."""
    for variant, made in report.measured.variants.items():
        for estimate in OF_THE_NETWORK:
            yield from compared(name, estimate, variant, report.predicted.get(estimate), getattr(made, estimate))


def compared(name: str, estimate: str, variant: str, predicted: Any, measured: float | None) -> Iterator[Comparison]:
    """The comparison, where both are numbers and the measured one is above zero."""
    if isinstance(predicted, int | float) and not isinstance(predicted, bool) and measured:
        yield Comparison(name, estimate, variant, predicted, measured)


def accuracies(report: BuildReport, name: str) -> Iterator[Comparison]:
    """The published prior beside the accuracy on the user's photos: how far these are from ImageNet, not how good the prior is."""
    for variant, made in report.measured.variants.items():
        if made.accuracy is not None and variant in accuracy.METHODS:
            prior = accuracy.expected(report.predicted["alpha"], report.predicted["resolution"], variant)
            yield Comparison(name, "accuracy", variant, prior.top1 / 100, made.accuracy)
