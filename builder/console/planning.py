"""What `plan` and `fit` show where --json is not asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from builder import accuracy
from builder.console.answers import print_facts
from builder.console.stdout import open_console, open_table, plain_text
from builder.formats import UNKNOWN, format_bytes, format_count, format_latency, format_percent

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from builder.budget import Budget
    from builder.planner import Candidate, Expectation, Fit, Plan, VariantPlan
    from builder.planner.ram import Ram

CANDIDATES_SHOWN = 12
ROWS_SHOWN = 2  # published rows that a latency rests on
KINDS = {
    "conv": "in the first convolution",
    "depthwise": "in depthwise ones",
    "pointwise": "in 1x1 convolutions",
    "classifier": "in the classifier",
}


def print_plan(planned: Plan, *, file: TextIO | None = None) -> None:
    """The cost of a design: layer by layer, totals, every file, and the verdict."""
    console = open_console(file)
    network, cost = planned.network, planned.cost
    console.print(
        f"MobileNet v1, alpha {network.alpha:g}, {network.resolution} px (rho {network.rho:.3f}), {network.channels} "
        f"channel{'s' if network.channels != 1 else ''}, {network.classes:,} classes",
        style="bold",
    )
    console.print()
    table = open_table("layer", "output", "parameters", "mult-adds", "activations, int8 (bytes)")
    for layer in cost.layers:
        shape = " x ".join(str(size) for size in layer.output_shape)
        table.add_row(layer.name, shape, *exact(layer.parameters, layer.multiply_adds, layer.activation_bytes))
    table.add_section()
    table.add_row("in total", "", f"{cost.parameters:,}", f"{cost.multiply_adds:,}", "")
    console.print(table)
    print_facts(console, compute_facts(planned))
    console.print()
    print_variants(console, planned)
    print_verdicts(console, planned)
    console.print()
    for sentence in (planned.peak_note, *(f"Left out: {each}" for each in planned.left_out)):
        console.print(plain_text(sentence, "dim"), soft_wrap=True)


def exact(*counts: int) -> tuple[str, ...]:
    """Whole numbers, so that a column has one unit and adds up."""
    return tuple(f"{count:,}" for count in counts)


def compute_facts(planned: Plan) -> list[tuple[str, str]]:
    """Totals, and what other kinds of convolution would take."""
    network, cost, standard, binary = planned.network, planned.cost, planned.standard_convolution, planned.binary
    largest = max(cost.layers, key=lambda layer: layer.activation_bytes)
    block = planned.separable[-1]
    where = sorted(planned.shares, key=lambda share: -share.multiply_adds)
    expected = planned.variants["float32"].expected
    aware = accuracy.expected(network.alpha, network.resolution, "int8", quantization_aware=True)
    rests_on = expectation_text(expected, network.alpha, network.resolution)
    return [
        ("mult-adds", f"{format_count(cost.multiply_adds)} ({cost.multiply_adds:,})"),
        ("", ", ".join(f"{format_percent(share.multiply_adds)} {KINDS[share.kind]}" for share in where)),
        ("parameters", f"{format_count(cost.parameters)} in the file, {format_count(cost.keras_parameters)} in Keras"),
        ("activations", f"{format_bytes(largest.activation_bytes)} at most, in {largest.name}"),
        (
            "with standard convolutions",
            f"{format_count(standard.multiply_adds)} mult-adds ({standard.multiply_adds / cost.multiply_adds:.1f} times), "
            f"{format_count(standard.parameters)} parameters ({standard.parameters / cost.parameters:.1f} times)",
        ),
        (
            "",
            f"a block takes 1/N + 1/Dk^2 of it: 1/{block.outputs} + 1/{block.kernel}^2 = {block.ratio:.4f} in {block.layer}",
        ),
        (
            "with 1-bit weights",
            f"{format_count(binary.operations)} operations ({binary.compute_ratio:.1f} times fewer), kernels "
            f"{format_bytes(binary.kernel_bytes)} ({binary.kernel_ratio:.1f} times smaller)",
        ),
        ("", binary.accuracy_short),
        ("accuracy to expect", f"{format_percent(expected.accuracy)} ({rests_on})"),
        ("", f"on ImageNet, int8 from quantization-aware training (QAT): {format_percent(aware.top1 / 100)}"),
    ]


def expectation_text(expected: Expectation, alpha: float, resolution: int) -> str:
    """What the accuracy to expect rests on, and on which side of the published plane a design lies."""
    from builder.planner.expectation import outside

    where = outside(alpha, resolution)
    beyond = f", extrapolated {where}" if where else ", carried over from other designs" if expected.measured else ""
    return f"{expected.prior}{beyond if expected.extrapolated else ''}"


def accuracy_cell(expected: Expectation) -> str:
    """The accuracy to expect; a star where this design's own build was measured, which a footnote tells."""
    return format_percent(expected.accuracy) + ("" if expected.own is None else "*")


def footnote(name: str, expected: Expectation) -> str:
    """`* int8: measured 94.7 % on 19 photos (75.4 % – 99.1 %), started from scratch`; empty where nothing was measured."""
    own = expected.own
    if own is None:
        return ""
    start = f", started from {own.start}" if own.start else ""
    span = f"{format_percent(own.low)} – {format_percent(own.high)}"
    return f"* {name}: measured {format_percent(own.accuracy)} on {own.photos:,} photos ({span}){start}."


def print_variants(console: Console, planned: Plan) -> None:
    """One line a file."""
    from builder.planner.ram import on_microcontroller

    titles = ["file", "flash", "run by", "RAM", "(range)", "accuracy"]
    timed = planned.device is not None
    if timed:
        titles += ["latency", "(range)"]
    table = open_table(*titles, *(["verdict"] if planned.budget is not None else []))
    for variant in planned.variants.values():
        unsupported = is_unsupported(planned, variant)
        runner = "TFLite Micro" if on_microcontroller(planned.device, variant.variant) else "LiteRT"
        row: list[str | Text] = [
            variant.variant,
            format_bytes(variant.flash_bytes),
            *([UNKNOWN] * 3 if unsupported else (runner, *ram_cells(variant.ram))),
            accuracy_cell(variant.expected),
        ]
        if timed:
            row += latency_cells(variant)
        if planned.budget is not None:
            row.append(mark(variant, unsupported=unsupported))
        table.add_row(*row)
    console.print(table)
    notes = [footnote(variant.variant, variant.expected) for variant in planned.variants.values()]
    said: dict[str, list[str]] = {}
    for variant in planned.variants.values():
        if variant.latency is not None and variant.latency.note:
            said.setdefault(variant.latency.note, []).append(variant.variant)
    notes += [f"Latency of {', '.join(names)}: {note}" for note, names in said.items()]
    notes.append(rests_on_text(planned))
    if planned.builds_note:
        notes.append(planned.builds_note)
    for note in filter(None, notes):
        console.print(plain_text(note, "dim"), soft_wrap=True)


def rests_on_text(planned: Plan) -> str:
    """The published rows nearest to the latency of the file that the device is for; empty where there are none."""
    for name in ("int8_micro", "int8"):
        time = planned.variants[name].latency
        if time is not None and time.rests_on:
            return f"Latency of {name}: rests on {'; '.join(time.rests_on[:ROWS_SHOWN])}."
    return ""


def is_unsupported(planned: Plan, variant: VariantPlan) -> bool:
    """Whether the device does not run the file at all."""
    return planned.device is not None and not planned.device.runs(variant.variant)


def ram_cells(ram: Ram) -> list[str]:
    """Typical, and from low to high; a dash where it is exact."""
    return [format_bytes(ram.typical), span_text(format_bytes(ram.low), format_bytes(ram.high))]


def latency_cells(variant: VariantPlan) -> list[str]:
    """Typical, and from low to high."""
    time = variant.latency
    if time is None:
        return [UNKNOWN] * 2
    return [format_latency(time.typical), span_text(format_latency(time.low), format_latency(time.high))]


def span_text(low: str, high: str) -> str:
    """`3.1 – 9.8 MiB`; `exact` where both ends are the same."""
    if low == high:
        return "exact"
    (least, unit), (most, other) = low.rsplit(" ", 1), high.rsplit(" ", 1)
    return f"{least} – {most} {unit}" if unit == other else f"{low} – {high}"


def mark(variant: VariantPlan, *, unsupported: bool = False) -> Text:
    """Whether it fits, in a word."""
    from rich.text import Text

    if unsupported:
        return Text("unsupported", "dim")
    if variant.fits is None:
        return Text("not known", "dim")
    return Text("fits", "green") if variant.fits else Text("does not fit", "red")


def print_verdicts(console: Console, planned: Plan) -> None:
    """Why, and what would; sentences that several files share are said once."""
    from rich.text import Text

    if planned.budget is None:
        return
    console.print()
    console.print(plain_text(f"Held against {budget_text(planned.budget)}.", "bold"), soft_wrap=True)
    said: dict[tuple[str, ...], list[str]] = {}
    for variant in planned.variants.values():
        ways = tuple(f"→ {remedy.text}" for remedy in variant.remedies)
        said.setdefault((*variant.reasons, *ways), []).append(variant.variant)
    for sentences, names in said.items():
        console.print(plain_text(f"{', '.join(names)}:", "bold"), soft_wrap=True)
        for sentence in sentences:
            console.print(Text.assemble("  ", plain_text(sentence)), soft_wrap=True)
    if planned.nothing_fits is not None:
        console.print(plain_text(planned.nothing_fits.text, "bold red"), soft_wrap=True)


def budget_text(budget: Budget) -> str:
    """`Raspberry Pi Pico: 2.0 MiB flash, 264.0 KiB RAM`."""
    parts = []
    for name, value, reserve in (
        ("flash", budget.flash_bytes, budget.reserve_flash_bytes),
        ("RAM", budget.ram_bytes, budget.reserve_ram_bytes),
    ):
        if value is not None:
            parts.append(f"{format_bytes(value)} {name}" + (f", {format_bytes(reserve)} of it reserved" if reserve else ""))
    if budget.multiply_adds is not None:
        parts.append(f"{format_count(budget.multiply_adds)} mult-adds")
    if budget.latency_ms is not None:
        parts.append(format_latency(budget.latency_ms))
    limits = ", ".join(parts) or "no known limit"
    return limits if budget.device is None else f"{budget.device.name}: {limits}"


def print_fit(found: Fit, *, file: TextIO | None = None) -> None:
    """The best designs for a budget, or why there is none."""
    console = open_console(file)
    colours = "grayscale" if found.channels == 1 else "colour"
    console.print(
        plain_text(f"What fits {budget_text(found.budget)}: {found.classes:,} classes, {colours}", "bold"), soft_wrap=True
    )
    console.print()
    if found.nothing_fits is not None:
        console.print(plain_text(found.nothing_fits.text, "bold red"), soft_wrap=True)
        others = found.nothing_fits.devices[1:]
        if others:
            console.print(plain_text(f"So do: {', '.join(others)}."), soft_wrap=True)
    if found.candidates:
        print_candidates(console, found)
    for note in found.notes:
        console.print(plain_text(note, "dim"), soft_wrap=True)


def print_candidates(console: Console, found: Fit) -> None:
    """A table of the first ones, and the best one's next step."""
    shown = found.candidates[:CANDIDATES_SHOWN]
    timed = any(each.latency_ms is not None for each in shown)
    titles = [
        "alpha",
        "px",
        "file",
        "accuracy",
        "flash",
        "RAM",
        "mult-adds",
        *(["latency"] if timed else []),
        "left",
        "starts from",
    ]
    table = open_table(*titles)
    for each in shown:
        row = [
            f"{each.alpha:g}",
            str(each.resolution),
            each.variant,
            accuracy_cell(each.expected),
            format_bytes(each.flash_bytes),
            format_bytes(each.ram.typical),
            format_count(each.multiply_adds),
        ]
        if timed:
            row.append(format_latency(None if each.latency_ms is None else each.latency_ms[1]))
        table.add_row(*row, left(each), "ImageNet" if each.warm_start else "nothing")
    console.print(table)
    if len(found.candidates) > len(shown):
        console.print(f"and {len(found.candidates) - len(shown):,} more that are smaller; --json has all", style="dim")
    best = found.candidates[0]
    for each in shown:
        if each.expected.own is not None:
            name = f"alpha {each.alpha:g} at {each.resolution} px as {each.variant}"
            console.print(plain_text(footnote(name, each.expected), "dim"), soft_wrap=True)
    console.print()
    if best.next_step is not None:
        console.print(plain_text(f"Next step: {best.next_step.text}"), soft_wrap=True)
    console.print(plain_text(f"Accuracy: {expectation_text(best.expected, best.alpha, best.resolution)}.", "dim"), soft_wrap=True)
    console.print(plain_text(f"RAM: {best.ram.basis}.", "dim"), soft_wrap=True)


def left(candidate: Candidate) -> str:
    """The scarcest resource and how much of it is left."""
    from builder.planner.verdict import NAMES

    name = min(candidate.headroom, key=lambda each: candidate.headroom[each])
    return f"{format_percent(candidate.headroom[name], 0)} {NAMES[name]}"
