"""Finished builds to make bundles of, changed as users and accidents change them."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from builder.export.labels import to_text
from builder.export.metadata import with_labels
from builder.gate import Gate, Verdict
from builder.matrix import File, Matrix, Network, Row, write_matrix
from builder.runs import Run

PASSED = Verdict(True, (), 0.0, "", 0.0, 196)

# Names that try to break out of strings, comments, Markdown and tables, each for another reason.
HOSTILE = (
    'quote " and \\',
    "*/ int main() { } /*",
    "line\nbreak\r\n#define kClasses 0",
    "emoji 👩\u200d🔬 漢字",
    "ends with a backslash \\",
    "??/ trigraph",
    "$name ${name} \\(name)",
    "| [x](javascript:1) <b> `code` | **",
    "x" * 500,
    "\u202eright to left\x1b[31m",
)


def read(bundle: Path, name: str) -> bytes:
    """A file of a bundle, by its name below the bundle's folder."""
    with zipfile.ZipFile(bundle) as packed:
        root = packed.namelist()[0].partition("/")[0]
        return packed.read(f"{root}/{name}")


def names(bundle: Path) -> set[str]:
    """The files of a bundle, below its folder."""
    with zipfile.ZipFile(bundle) as packed:
        return {name.partition("/")[2] for name in packed.namelist()}


def changed_report(run: Run, change: Callable[[dict[str, Any]], None]) -> None:
    """Rewrites report.json."""
    values = json.loads(run.report_path.read_text())
    change(values)
    run.report_path.write_text(json.dumps(values))


def without(run: Run, *variants: str) -> None:
    """A build that was asked for fewer files."""

    def drop(values: dict[str, Any]) -> None:
        for variant in variants:
            del values["measured"]["variants"][variant]
            (run.folder / f"{variant}.tflite").unlink()

    changed_report(run, drop)


def renamed(run: Run, classes: Sequence[str], *, title: str = "", author: str = "", license: str = "") -> None:  # noqa: A002
    """Gives the classes of a build other names, in its files too, and the build a title, an author and a license."""
    digests = {}
    for path in run.folder.glob("*.tflite"):
        path.write_bytes(with_labels(path.read_bytes(), tuple(classes)))
        digests[path.name] = hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size
    (run.folder / "labels.txt").write_bytes(to_text(classes).encode())
    outcomes = json.loads((run.folder / "outcomes.json").read_text())
    (run.folder / "outcomes.json").write_text(json.dumps(outcomes | {"classes": list(classes)}))

    def change(values: dict[str, Any]) -> None:
        before = values["labels"]
        values["labels"] = list(classes)
        values["build"]["title"] = title or values["build"]["title"]
        values["config"] |= {"author": author, "license": license}
        keras, data = values["measured"]["keras"], values["dataset"]
        keras["per_class"] = {name: keras["per_class"][old] for name, old in zip(classes, before, strict=True)}
        data["per_class"] = {name: data["per_class"][old] for name, old in zip(classes, before, strict=True)}
        data["classes"] = list(classes)
        for made in values["measured"]["variants"].values():
            made["sha256"], made["flash_bytes"] = digests[made["file"]]

    changed_report(run, change)


def tried(run: Run, technique: str, *likes: str, **changes: Any) -> Row:
    """Files of a technique in a build's `compressed` folder: like the build's, but with class names of their own, so that their
    bytes are others.
    """
    (run.folder / "compressed").mkdir(exist_ok=True)
    files = []
    for like in likes:
        content = (run.folder / f"{like}.tflite").read_bytes()
        content = with_labels(content, tuple(f"{technique} {number}" for number in range(10)))
        path = run.folder / "compressed" / f"{technique}{'_micro' if like == 'int8_micro' else ''}.tflite"
        path.write_bytes(content)
        name, digest = f"compressed/{path.name}", hashlib.sha256(content).hexdigest()
        files.append(File(name, digest, len(content), len(content) - 1000, 0.75, 40_000 if like == "int8_micro" else None))
    row: dict[str, Any] = {"trained": True, "files": tuple(files), "accuracy": 0.75, "verdict": PASSED}
    return Row(technique, technique, **(row | changes))


def shelved(run: Run, *rows: Row, chosen: str | None = None, shortfall: str = "") -> None:
    """Writes a build's matrix.json."""
    names = {file.file.removeprefix("compressed/"): file.sha256 for row in rows for file in row.files if "/" in file.file}
    network = Network(0.77, 0.77, {}, 200, 196)
    matrix = Matrix(run.id, "Digits", network, rows, Gate(), chosen, shortfall, files=names)
    (run.folder / "compressed").mkdir(exist_ok=True)
    write_matrix(run.folder, matrix)


def gated(run: Run, *, passed: bool) -> None:
    """A build whose int8 file was held against the gate."""
    verdict = PASSED if passed else Verdict(False, ("it loses 4 points | of accuracy",), 0.04, "3", 0.1, 196, accuracy_failed=True)
    found = {"variant": "int8", "limits": Gate().to_json(), "verdict": verdict.to_json()}
    changed_report(run, lambda values: values.update(gate=found))
