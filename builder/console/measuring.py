"""What `calibrate` and `npu` show where --json is not asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from builder.console.answers import print_facts
from builder.console.stdout import open_console, open_table, plain_text
from builder.formats import format_bytes, format_latency, format_percent, format_points, format_rate

if TYPE_CHECKING:
    from rich.console import Console

    from builder.npu import NpuReport
    from builder.truth import Found, Latencies, Reported

NAMES_SHOWN = 5
NAME_LENGTH_MAX = 48
TITLES = {
    "flash_bytes": "flash",
    "arena_bytes": "arena",
    "parameters": "parameters",
    "multiply_adds": "mult-adds",
    "accuracy": "accuracy",
    "latency_ms": "latency",
}


def print_calibration(
    exports: Path, found: Found, latencies: Latencies, *, recorded: Reported | None = None, file: TextIO | None = None
) -> None:
    """The latency that was just reported, then how far off each estimate was so far."""
    console = open_console(file)
    if recorded is not None:
        print_recorded(console, recorded, latencies)
        console.print()
    print_builds(console, exports, found)
    console.print()
    print_latencies(console, latencies)


def print_recorded(console: Console, row: Reported, latencies: Latencies) -> None:
    """What was kept, and what had been predicted."""
    console.print(
        plain_text(f"Kept: {describe(row)} takes {format_latency(row.measured_ms)} on {row.device}.", "bold"), soft_wrap=True
    )
    band = row.predicted
    if band is None or row.comparison is None:
        console.print(plain_text(f"Nothing was predicted: {row.why_not}"), soft_wrap=True)
    else:
        side = "inside" if row.inside else "outside"
        console.print(
            plain_text(
                f"Predicted: {format_latency(band.typical)}, nine in ten from {format_latency(band.low)} to "
                f"{format_latency(band.high)}. It lies {side} the band; the typical one was off by {signed(row.comparison.error)}."
            ),
            soft_wrap=True,
        )
    console.print(plain_text(f"To take it back, delete its line in {latencies.file}.", "dim"), soft_wrap=True)


def print_builds(console: Console, exports: Path, found: Found) -> None:
    """How far off sizes, counts and the accuracy prior were."""
    if not found.builds:
        console.print(
            plain_text(f"No finished build in {exports}: nothing to compare yet. `builder build` makes one."), soft_wrap=True
        )
    else:
        count = len(found.builds)
        console.print(plain_text(f"{count:,} build{'s' if count > 1 else ''} in {exports}", "bold"), soft_wrap=True)
    spreads = [each for each in found.spreads() if each.estimate != "accuracy"]
    if spreads:
        table = open_table("estimate", "variant", "measured", "median error", "worst error", "worst in")
        for each in spreads:
            table.add_row(
                TITLES[each.estimate],
                each.variant or "all",
                f"{each.count:,}",
                signed(each.median_error).lstrip("+"),
                signed(each.worst_error),
                plain_text(each.worst_where if each.worst_error else "", limit=NAME_LENGTH_MAX),
            )
        console.print(table)
    print_accuracies(console, found)
    for sentence in remarks(found):
        console.print(plain_text(sentence, "dim"), soft_wrap=True)


def print_accuracies(console: Console, found: Found) -> None:
    """The published prior beside what each build reached, in a table of its own: a difference of photos, not an error."""
    rows = [row for row in found.comparisons if row.estimate == "accuracy"]
    if not rows:
        return
    console.print()
    table = open_table("build", "variant", "ImageNet prior", "measured", "measured − prior")
    for row in rows:
        table.add_row(
            plain_text(row.where, limit=NAME_LENGTH_MAX),
            row.variant,
            format_percent(row.predicted),
            format_percent(row.measured),
            f"{format_points(row.measured - row.predicted)} points",
        )
    console.print(table)


def remarks(found: Found) -> list[str]:
    """What the table leaves out, and why."""
    said = []
    if any(row.estimate != "accuracy" for row in found.comparisons):
        said.append("An error above zero: the estimate was too high.")
    if any(row.estimate == "accuracy" for row in found.comparisons):
        said.append("Accuracy is the published ImageNet prior against your photos: it tells how far these are from ImageNet.")
    if found.without_estimates:
        said.append(
            f"No estimates of flash and RAM in the report, made before they were kept there: {named(found.without_estimates)}."
        )
    if found.untrained:
        said.append(f"Not trained (0 epochs), so no accuracy to compare: {named(found.untrained)}.")
    if found.short:
        said.append(f"Trained for fewer than 3 epochs, so no accuracy to compare: {named(found.short)}.")
    said += [f"Skipped: {reason}" for reason in found.unreadable.values()]
    return said


def print_latencies(console: Console, latencies: Latencies) -> None:
    """Measured latencies beside their bands, by device."""
    from builder.truth.latencies import spread_of

    if not latencies.rows:
        console.print(
            plain_text("No measured latency yet. Report one: builder calibrate --device NAME --measured-ms 123 --build BUILD."),
            soft_wrap=True,
        )
    for device, rows in latencies.by_device().items():
        found = spread_of(rows)
        inside = sum(row.inside is True for row in rows)
        console.print(plain_text(device, "bold"), soft_wrap=True)
        table = open_table("network", "predicted", "band", "measured", "error", "in band")
        for row in rows:
            compared = row.comparison
            table.add_row(
                plain_text(describe(row), limit=NAME_LENGTH_MAX),
                format_latency(row.predicted.typical if row.predicted else None),
                f"{format_latency(row.predicted.low)} to {format_latency(row.predicted.high)}" if row.predicted else "–",
                format_latency(row.measured_ms),
                signed(compared.error) if compared else "–",
                "–" if row.inside is None else "yes" if row.inside else "no",
            )
        console.print(table)
        if found is not None:
            worst = f"worst {signed(found.worst_error)}, {inside} of {found.count} inside the band"
            console.print(plain_text(f"median error {format_percent(found.median_error)}, {worst}", "dim"), soft_wrap=True)
    if latencies.rows:
        console.print(plain_text("Estimates stay as they are: your own figures are shown beside them.", "dim"), soft_wrap=True)
    if latencies.damaged:
        console.print(plain_text(f"{latencies.damaged} damaged lines in {latencies.file} were left out.", "yellow"), soft_wrap=True)


def describe(row: Reported) -> str:
    """The network that ran, such as `alpha 0.25, 96 px, int8_micro`."""
    network = row.network
    gray = ", grayscale" if network.channels == 1 else ""
    return f"alpha {network.alpha:g}, {network.resolution} px{gray}, {row.variant}"


def signed(share: float) -> str:
    """An error with its sign, such as `+3.1 %`; `0 %` only where there is none."""
    if share == 0:
        return "0 %"
    return f"{'+' if share > 0 else '−'}{format_error(abs(share))}"


def format_error(share: float) -> str:
    """A relative error: two digits that count where it is small, none after the point where it is large."""
    percent = share * 100
    return f"{percent:.0f} %" if percent >= 99.5 else f"{percent:.1f} %" if percent >= 1 else f"{max(percent, 0.0001):.2g} %"


def named(names: Sequence[str]) -> str:
    """The first few names, and how many more."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def print_npu(found: NpuReport, written: Path | None, *, file: TextIO | None = None) -> None:
    """What a model costs on an Ethos-U."""
    console = open_console(file)
    summary, target = found.summary, found.target
    console.print(plain_text(f"{found.file} on {target.name}", "bold"), soft_wrap=True)
    configuration = f"{target.accelerator}, {summary.system_config}, {summary.memory_mode} (Vela {found.vela})"
    facts = [
        ("compiled for", configuration),
        ("on the NPU", f"{found.operators - found.cpu_operators} of {found.operators} operators"),
        ("on the CPU", cpu_text(found)),
        ("MACs", f"{summary.macs:,} on the NPU; {found.multiply_adds:,} mult-adds in the model's convolutions"),
        ("cycles", f"{summary.cycles['total']:,} in all; NPU {summary.cycles['npu']:,}{cycles_text(found)}"),
        ("time", time_text(found.latency_ms, summary.clock_hz / 1e6, "as Vela assumes")),
    ]
    if target.clock_mhz is not None and found.device_latency_ms is not None:
        facts.append(("", time_text(found.device_latency_ms, target.clock_mhz, "as the device has")))
    facts += memory_facts(found)
    if found.compression is not None:
        original, encoded = summary.original_weights_bytes, summary.encoded_weights_bytes
        facts.append(
            ("weights", f"{format_bytes(original)}, encoded {format_bytes(encoded)} ({format_percent(found.compression)})")
        )
    facts.append(("compiled file", format_bytes(found.compiled_bytes) + (f", written to {written}" if written else "")))
    print_facts(console, facts)
    for note in found.notes:
        console.print(plain_text(note, "dim"), soft_wrap=True)


def cpu_text(found: NpuReport) -> str:
    """What falls back, and why."""
    if not found.on_cpu:
        return "nothing"
    kinds = [f"{each.count} {each.operator}" + (f" ({each.reason})" if each.reason else "") for each in found.on_cpu]
    share = found.cpu_multiply_adds / found.multiply_adds if found.multiply_adds else 0.0
    return f"{', '.join(kinds)}; {format_percent(share)} of the mult-adds"


def cycles_text(found: NpuReport) -> str:
    """The memories that are read and written at all."""
    access = {name.removesuffix("_access"): count for name, count in found.summary.cycles.items() if name.endswith("_access")}
    return "".join(f", {MEMORY_TITLES[name]} {count:,}" for name, count in access.items() if count)


def time_text(milliseconds: float, clock_mhz: float, whose: str) -> str:
    """Milliseconds and inferences in a second at a clock."""
    return f"{format_latency(milliseconds)}, {format_rate(1000 / milliseconds)} inferences/s at {clock_mhz:g} MHz, {whose}"


MEMORY_TITLES = {"sram": "SRAM", "dram": "DRAM", "on_chip_flash": "on-chip flash", "off_chip_flash": "off-chip flash"}


def memory_facts(found: NpuReport) -> list[tuple[str, str]]:
    """Each memory that is used, beside what the device has of it where that is known."""
    ram = "dram" if found.summary.memory_bytes["dram"] else "sram"  # a chip's own RAM is on it, a Linux board's beside it
    has = {ram: found.target.ram_bytes, "off_chip_flash": found.target.flash_bytes, "on_chip_flash": found.target.flash_bytes}
    facts = []
    for memory, used in found.summary.memory_bytes.items():
        if used:
            of = f" of the device's {format_bytes(has[memory])}" if has.get(memory) else ""
            facts.append((MEMORY_TITLES[memory], format_bytes(used) + of))
    return facts
