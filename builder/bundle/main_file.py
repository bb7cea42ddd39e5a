"""Which file of a bundle is the main one, and why: what the README and the model card say of it."""

from __future__ import annotations

from dataclasses import replace

from builder.bundle.build_files import BuildFiles
from builder.bundle.compressed import Chosen
from builder.bundle.microcontroller import file_for_firmware
from builder.bundle.model_file import ModelFile
from builder.bundle.phones import file_for_apps
from builder.formats import counted, printable
from builder.matrix.findings import shown
from builder.report import BuildReport, findings


def main_file(files: BuildFiles) -> ModelFile | None:
    """The file to begin with: that of apps, else that of firmware."""
    return file_for_apps(files) or file_for_firmware(files)


def is_chosen(files: BuildFiles, file: ModelFile | None) -> bool:
    """Whether a file is one of the technique that was chosen."""
    of = () if files.chosen is None else (files.chosen.first, files.chosen.micro)
    return file is not None and any(each is not None and each.name == file.name for each in of)


def told(files: BuildFiles) -> tuple[BuildReport, str | None]:
    """The report with the main file in it, and its name there; None is the report's own choice."""
    file, report = main_file(files), files.report
    if file is None or file.made is None or not is_chosen(files, file):
        return report, None
    name = file.variant or file.name  # no variant is called like a file
    variants = report.measured.variants | {name: file.made}
    return replace(report, measured=replace(report.measured, variants=variants)), name


def why_main(files: BuildFiles) -> list[str]:
    """Which file is the main one and why, as sentences; empty where there is none."""
    file, gate = main_file(files), findings.gate_sentence(files.report)
    if file is None:
        return []
    if files.chosen is not None and is_chosen(files, file):
        failed = [f"Gate: {gate}"] * (gate_failed(files.report) and file.variant != gated(files.report))
        return [f"The main file is {file.name}; {passes(files.chosen, files)}.", *failed]
    first = f"The main file is {file.name}; {f'the gate says: {gate}' if gate else 'no gate judged it.'}"
    return [first, *none_chosen(files)]


def passes(chosen: Chosen, files: BuildFiles) -> str:
    """`qat: the smallest file that passes the gate: at most 1 point lost, 5 in a class, judged on 196 validation photos`."""
    verdict = chosen.row.verdict
    limits = files.matrix.gate.text if files.matrix is not None else ""
    judged = "" if verdict is None else f", judged on {counted(verdict.photos, 'validation photo')}"
    return f"{shown(chosen.row.technique)}: the smallest file that passes the gate: {limits}{judged}"


def none_chosen(files: BuildFiles) -> list[str]:
    """What the best of the techniques lacks, where none of them passed."""
    matrix = files.matrix
    if matrix is None or matrix.chosen is not None or not matrix.shortfall:
        return []
    return [f"Of the compressed files, held to {matrix.gate.text}: {printable(matrix.shortfall, 600)}"]


def gated(report: BuildReport) -> str:
    """The file that the build's gate judged; empty where it judged none."""
    return "" if report.gate is None else report.gate.variant


def gate_failed(report: BuildReport) -> bool:
    """Whether the build's own file was held against a gate and did not pass."""
    return report.gate is not None and not report.gate.verdict.passed


def not_taken(files: BuildFiles) -> list[str]:
    """Where apps or firmware cannot have the technique that was chosen, as sentences."""
    chosen = files.chosen
    if chosen is None:
        return []
    name, said = shown(chosen.row.technique), []
    apps, firmware = file_for_apps(files), file_for_firmware(files)
    if apps is not None and not is_chosen(files, apps):
        said.append(f"Apps take {apps.name}: {name} was chosen, and no snippet can use {chosen.first.name}.")
    if firmware is not None and not is_chosen(files, firmware):
        lacks = "has no file" if chosen.micro is None else "has no usable file"
        gate = f" {findings.gate_sentence(files.report)}" if gate_failed(files.report) else ""
        said.append(f"Firmware takes {firmware.name}: {name}, which was chosen, {lacks} for microcontrollers.{gate}")
    return said
