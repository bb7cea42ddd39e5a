"""The shelf of one build: which techniques stand there, what the gate says of each, what is written down."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from builder import records
from builder.compress.techniques import TECHNIQUES
from builder.errors import BuilderError, Interrupted, StorageError
from builder.events import Emit
from builder.formats import counted
from builder.gate import judge
from builder.lab.maker import Maker
from builder.lab.request import Request
from builder.matrix import FOLDER, Matrix, Row, keeping, read_matrix, shelf, write_matrix
from builder.matrix.choosing import checks_failed, choose
from builder.matrix.flips import flips, save_pictures
from builder.reopening import Reopened
from builder.report.surroundings import this_machine
from builder.runs import write_atomically


class Lab:
    """The shelf of one build while techniques are added to it.

    Args:
        build: the finished build.
        request: what to do.
        emit: hears what happens.
    """

    def __init__(self, build: Reopened, request: Request, emit: Emit) -> None:
        self.build, self.request, self.emit = build, request, emit
        self.maker = Maker(build, request.compression, emit)
        self.folder, self.weights_sha256 = self.maker.folder, self.maker.weights_sha256
        known = read_matrix(build.run.folder)
        self.rows: dict[str, Row] = {} if known is None else {row.technique: row for row in known.rows}
        counts = len(build.dataset.test), len(build.dataset.validation)
        self.said = keeping.read_said(self.folder, self.weights_sha256, *counts, len(build.dataset.classes))
        self.made_now: set[str] = set()

    def all(self) -> Matrix:
        """Every technique that was asked for."""
        for number, name in enumerate(self.request.techniques):
            self.emit("technique", technique=name, number=number + 1, total=len(self.request.techniques))
            self.make(name)
        return self.finish()

    def climb(self) -> Matrix:
        """The techniques from cheap to dear, up to the first that passes; says why each one before it did not."""
        failed: list[str] = []
        for number, name in enumerate(self.request.techniques):
            hopeless = self.hopeless(failed, name)
            if hopeless:
                self.emit("note", message=f"{shelf.title_of(name)} is not tried: {hopeless}.")
                continue
            self.emit("technique", technique=name, number=number + 1, total=len(self.request.techniques))
            for needed in shelf.in_order([name]):
                self.make(needed)
            verdict = self.rows[name].verdict
            if verdict is not None and verdict.passed and not checks_failed(self.rows[name]):
                self.emit("note", message=f"{shelf.title_of(name)} passes the gate.")
                break
            self.emit("note", message=f"{shelf.title_of(name)} does not pass the gate: {why_not(self.rows[name])}.")
            failed.append(name)
        return self.finish()

    def hopeless(self, failed: Sequence[str], name: str) -> str:
        """Why a technique cannot mend what made the ones before it fail; empty where it may."""
        verdicts = [verdict for each in failed if (verdict := self.rows[each].verdict) is not None]
        row = self.rows[failed[-1]].first if failed else None
        limit = self.request.gate.max_flash_bytes
        if verdicts and row is not None and limit is not None and row.flash_bytes > limit:
            return "no technique makes a file smaller in flash; a smaller alpha does"
        if verdicts and not any(verdict.accuracy_failed for verdict in verdicts) and name in ("int8_more", "qat"):
            return "accuracy is not what failed"
        return ""

    def make(self, name: str) -> Row:
        """A technique's row: the one that is there, or a new one."""
        settings = self.settings_of(name)
        row = self.rows.get(name)
        if row is not None and (name in self.made_now or not self.request.force) and self.is_whole(row, settings):
            self.emit("note", message=f"{shelf.title_of(name)}: done already.")
        else:
            began = time.monotonic()
            if row is not None and not row.failure and row.settings != settings:
                before = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in row.settings.items() if value is not None)
                self.emit("note", message=f"{shelf.title_of(name)} is made again: what there was had other settings ({before}).")
            if row is not None:  # its files are written over: should this end in between, no old figures stand for new bytes
                self.said.pop(name, None)
                del self.rows[name]
                self.write()
            self.emit("stage", stage=shelf.title_of(name), state="start")
            row = self.made(name, settings)
            row = replace(row, seconds=round(time.monotonic() - began, 2))
            self.emit("stage", stage=shelf.title_of(name), state="done")
            self.made_now.add(name)
        self.rows[name] = self.judged(row)
        self.write()
        return self.rows[name]

    def is_whole(self, row: Row, settings: Mapping[str, Any]) -> bool:
        """Whether a row is of the same settings, and its files are those that were measured; what was said is of these weights."""
        return (
            not row.failure
            and row.settings == settings
            and row.technique in self.said
            and all(records.sha256(self.build.run.folder / made.file) == made.sha256 for made in row.files)
            and (row.technique not in shelf.STARTS or self.maker.has_weights(row.technique))
        )

    def settings_of(self, name: str) -> dict[str, Any]:
        """What decides a technique's result, besides the build."""
        if name in shelf.POST_TRAINING:
            photos = shelf.POST_TRAINING[name].calibration_photos
            if photos and name == "int8" and self.request.calibration_photos is not None:
                photos = self.request.calibration_photos
            return {"calibration_photos": photos} if photos else {}
        steps = TECHNIQUES[name].steps
        values = self.request.compression.model_dump(mode="json")
        values = {key: values[key] for key in ("epochs", "batch_size", "learning_rate")}
        if "prune" in steps:
            values["sparsity"] = self.request.compression.sparsity
        if "cluster" in steps:
            values["clusters"] = self.request.compression.clusters
        return values

    def made(self, name: str, settings: Mapping[str, Any]) -> Row:
        """A new row; one without files where the technique cannot be done here."""
        try:
            row, said = self.maker.make(name, settings)
        except (Interrupted, StorageError, KeyboardInterrupt):
            raise
        except BuilderError as error:
            self.emit("warning", message=f"{shelf.title_of(name)}: {error}")
            return Row(name, shelf.title_of(name), name in TECHNIQUES, failure=str(error), settings=dict(settings))
        if said is not None:
            self.said[name] = said
        return row

    def judged(self, row: Row) -> Row:
        """The row with the gate's verdict on its first file."""
        said = self.said.get(row.technique)
        if said is None or row.first is None:
            return replace(row, verdict=None)
        dataset = self.build.dataset
        verdict = judge(
            self.request.gate,
            self.maker.said.validation,
            said.validation,
            list(map(int, dataset.validation.labels)),
            dataset.classes,
            flash_bytes=row.first.flash_bytes,
            gzip_bytes=row.first.gzip_bytes,
        )
        return replace(row, verdict=verdict)

    def finish(self) -> Matrix:
        """Writes down everything, and draws it for people."""
        matrix = self.write()
        self.write_pages(matrix)
        return matrix

    def write(self) -> Matrix:
        """Writes down everything that is there so far."""
        build, dataset = self.build, self.build.dataset
        rows = tuple(self.judged(self.rows[name]) for name in shelf.NAMES if name in self.rows)
        rungs = [row for row in rows if row.technique in self.request.techniques] if self.request.ladder else rows
        chosen, shortfall = choose(rungs, self.request.gate)
        changed = flips(
            self.maker.said, {row.technique: self.said[row.technique] for row in rows if row.technique in self.said}, dataset
        )
        save_pictures(build.run.folder, changed, dataset)
        machine = this_machine()
        matrix = Matrix(
            build=build.run.id,
            title=build.run.description().get("title", build.run.folder.name),
            network=self.maker.scored.network(dataset),
            rows=rows,
            gate=self.request.gate,
            chosen=chosen,
            shortfall=shortfall,
            flips=changed,
            seconds=round(sum(row.seconds for row in rows), 2),
            machine=f"{machine.cpu}, {counted(machine.cores, 'core')}",
            files=self.own_files(rows),
        )
        keeping.write_said(self.folder, self.weights_sha256, self.said)
        write_matrix(build.run.folder, matrix)
        return matrix

    def own_files(self, rows: Sequence[Row]) -> dict[str, str]:
        """Names and hashes of the files that lie in the folder itself."""
        inside = [made for row in rows for made in row.files if made.file.startswith(f"{FOLDER}/")]
        return {made.file.removeprefix(f"{FOLDER}/"): made.sha256 for made in inside}

    def write_pages(self, matrix: Matrix) -> None:
        """The matrix for people."""
        from builder.matrix.html import render_matrix
        from builder.matrix.markdown import matrix_markdown

        write_atomically(self.folder / "matrix.md", matrix_markdown(matrix))
        write_atomically(self.folder / "matrix.html", render_matrix(matrix, self.build.run.folder))


def why_not(row: Row) -> str:
    """Why a row did not pass, as the end of a sentence."""
    if row.failure:
        return row.failure.rstrip(".")
    if row.verdict is not None and row.verdict.reasons:
        return "; ".join(row.verdict.reasons)
    return "; ".join(checks_failed(row)) or "it could not be run"
