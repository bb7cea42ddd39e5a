"""What firmware gets, compiled as far as that goes without a board."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from builder.bundle.build_files import BuildFiles, build_files
from builder.bundle.contents import contents
from builder.bundle.entries import Entry
from builder.bundle.microcontroller import FOLDER, microcontroller
from builder.errors import ModelFileError
from builder.runs import Run
from tests.bundle import compiler
from tests.bundle.builds import HOSTILE, without

LABELS = """
#include <stdio.h>
#include "model_settings.h"
int main() {
  for (const char* label : kLabels) { fputs(label, stdout); putchar(0); }
  return ToInput(0) != -128 || ToInput(255) != 127 || ToScore(-128) != 0.0f || ToScore(127) < 0.99f;
}
"""


def written(entries: list[Entry], place: Path) -> Path:
    """The firmware's folder on the disk."""
    for entry in entries:
        path = place / entry.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"".join(entry.blocks()))
    return place / FOLDER


def with_labels(files: BuildFiles, labels: tuple[str, ...]) -> BuildFiles:
    """The same build with other classes, as many as there are labels."""
    micro = files.model("int8_micro")
    assert micro is not None
    assert micro.use is not None
    micro = replace(micro, use=replace(micro.use, classes=len(labels)))
    models = tuple(micro if each.variant == "int8_micro" else each for each in files.models)
    return replace(files, models=models, report=replace(files.report, labels=labels))


def test_arduino_finds_a_sketch_named_as_its_folder(run: Run) -> None:
    entries, _ = microcontroller(build_files(run), None)
    names = {entry.name.removeprefix(f"{FOLDER}/") for entry in entries}
    assert names == {"model_data.h", "model_data.cc", "model_ops.h", "model_settings.h", f"{FOLDER}.ino"}


def test_sketch_and_headers_are_sound_c(run: Run, tmp_path: Path) -> None:
    compiler.needed()
    folder = written(microcontroller(build_files(run), None)[0], tmp_path)
    stubs = compiler.headers(tmp_path / "stubs")
    compiler.compiled(folder, "-fsyntax-only", "-I", str(stubs), "-x", "c++", "-include", "Arduino.h", f"{FOLDER}.ino")


def test_the_resolver_has_room_for_all_and_no_more(run: Run, tmp_path: Path) -> None:
    compiler.needed()
    folder = written(microcontroller(build_files(run), None)[0], tmp_path)
    stubs = compiler.headers(tmp_path / "stubs")
    (folder / "main.cc").write_text(
        "#include <stdio.h>\n#include \"model_ops.h\"\n"
        'int main() { ModelOps ops; if (AddModelOps(ops) != kTfLiteOk) return 1; printf("%u", ops.added); }\n'
    )  # fmt: skip
    added = int(compiler.printed(folder, "-I", str(stubs), "main.cc"))
    size = re.search(r"MicroMutableOpResolver<(\d+)>", (folder / "model_ops.h").read_text())
    assert size is not None
    assert int(size.group(1)) == added == 4


@pytest.mark.parametrize("count", [10, 1000])
def test_hostile_class_names_are_only_names(run: Run, tmp_path: Path, count: int) -> None:
    compiler.needed()
    labels = tuple(f"{HOSTILE[number % len(HOSTILE)]} {number}" for number in range(count))
    folder = written(microcontroller(with_labels(build_files(run), labels), None)[0], tmp_path)
    (folder / "main.cc").write_text(LABELS)
    assert compiler.printed(folder, "main.cc") == "".join(f"{label}\0" for label in labels).encode()


def test_a_hostile_title_stays_in_its_comment(run: Run, tmp_path: Path) -> None:
    compiler.needed()
    files = build_files(run)
    stubs = compiler.headers(tmp_path / "stubs")
    for number, title in enumerate(HOSTILE):
        named = replace(files, report=replace(files.report, build=replace(files.report.build, title=title)))
        (tmp_path / str(number)).mkdir()
        folder = written(microcontroller(named, None)[0], tmp_path / str(number))
        arguments = ("-fsyntax-only", "-I", str(stubs), "-x", "c++", "-include", "Arduino.h", f"{FOLDER}.ino")
        compiler.compiled(folder, "-trigraphs", *arguments)


def test_a_build_without_the_file_says_how_to_get_it(run: Run) -> None:
    without(run, "int8_micro")
    with pytest.raises(ModelFileError, match="--variant int8_micro"):
        microcontroller(build_files(run), None)
    found = contents(run, None)
    assert not any(FOLDER in entry.name for entry in found.entries)
    assert any("microcontroller/ is left out" in note for note in found.notes)
