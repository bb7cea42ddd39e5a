"""Snippets for apps: this model's figures, names that match, braces that close. No Kotlin or Swift compiler is here."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from builder.bundle.build_files import BuildFiles, ModelFile, build_files
from builder.bundle.phones import file_for_apps, phones, takes_mediapipe
from builder.report import Check
from builder.runs import Run
from tests.bundle.builds import HOSTILE, without

STRING = re.compile(r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*(?:.|\n)*?\*/')
PAIRS = {")": "(", "]": "[", "}": "{"}


def texts(files: BuildFiles, file: ModelFile | None = None) -> dict[str, str]:
    """The snippets by name."""
    file = file or file_for_apps(files)
    assert file is not None
    return {entry.name: b"".join(entry.blocks()).decode() for entry in phones(files, file)}


def is_balanced(text: str) -> bool:
    """Whether every bracket outside of strings and comments is closed."""
    still_open: list[str] = []
    for letter in STRING.sub("", text):
        if letter in PAIRS.values():
            still_open.append(letter)
        elif letter in PAIRS and (not still_open or still_open.pop() != PAIRS[letter]):
            return False
    return not still_open


def gray(files: BuildFiles) -> ModelFile:
    """A file for gray photos."""
    file = files.model("int8")
    assert file is not None
    assert file.use is not None
    return replace(file, use=replace(file.use, channels=1))


@pytest.fixture
def files(run: Run) -> BuildFiles:
    """A finished build."""
    return build_files(run)


@pytest.mark.parametrize("variant", ["int8", "float32", "dynamic"])
def test_brackets_close(files: BuildFiles, variant: str) -> None:
    for name, text in texts(files, files.model(variant)).items():
        assert is_balanced(text), name
    for name, text in texts(files, gray(files)).items():
        assert is_balanced(text), name


def test_an_open_bracket_would_be_noticed() -> None:
    assert not is_balanced('fun f() { val s = "}"')
    assert is_balanced('fun f() { val s = "}" } // {')


def test_the_integer_file_is_for_apps(files: BuildFiles) -> None:
    file = file_for_apps(files)
    assert file is not None
    assert file.name == "int8.tflite"


def test_a_file_that_failed_a_check_comes_last(files: BuildFiles) -> None:
    def failed(file: ModelFile) -> ModelFile:
        assert file.made is not None
        return replace(file, made=replace(file.made, checks=(Check("metadata", "failed", "none"),)))

    models = tuple(failed(file) if file.variant == "int8" else file for file in files.models)
    file = file_for_apps(replace(files, models=models))
    assert file is not None
    assert file.name == "dynamic.tflite"


def test_no_file_for_apps_is_no_snippet(run: Run) -> None:
    without(run, "int8", "dynamic", "float16", "float32")
    assert file_for_apps(build_files(run)) is None


@pytest.mark.parametrize("name", ["android/LiteRtClassifier.kt", "ios/LiteRtClassifier.swift"])
def test_figures_are_those_of_the_file(files: BuildFiles, name: str) -> None:
    text = texts(files)[name]
    assert "1 x 32 x 32 x 3 uint8; output: 1 x 10 uint8" in text
    assert "0.00390625" in text  # 1/256
    assert "int8.tflite" in text


@pytest.mark.parametrize("name", ["android/LiteRtClassifier.kt", "ios/LiteRtClassifier.swift"])
def test_a_float_file_is_normalized(files: BuildFiles, name: str) -> None:
    text = texts(files, files.model("float32"))[name]
    assert re.search(r"- 127\.5f?\) / 127\.5", text)
    assert "0.00390625" not in text


@pytest.mark.parametrize("name", ["android/LiteRtClassifier.kt", "ios/LiteRtClassifier.swift"])
def test_gray_is_the_luma_of_training(files: BuildFiles, name: str) -> None:
    text = texts(files, gray(files))[name]
    assert "299 * red + 587 * green + 114 * blue" in text


def test_mediapipe_takes_no_gray_photos(files: BuildFiles) -> None:
    assert not takes_mediapipe(gray(files))
    found = texts(files, gray(files))
    assert not any("MediaPipe" in name for name in found)
    assert not any("MediaPipe" in text or "mediapipe" in text for text in found.values())


def test_names_match_between_files(files: BuildFiles) -> None:
    found = texts(files)
    assert "fun className(line: String)" in found["android/Labels.kt"]
    assert "func className(of line: String)" in found["ios/Labels.swift"]
    for name, text in found.items():
        if name.endswith(("Classifier.kt", "Classifier.swift")):
            assert "className" in text
            assert re.search(rf"class {name.partition('/')[2].partition('.')[0]}\b", text)


def test_each_says_that_it_was_not_compiled(files: BuildFiles) -> None:
    assert all(re.search(r"[Nn]ot (compiled|run) here", text) for text in texts(files).values())


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_is_a_comment(files: BuildFiles, title: str) -> None:
    named = replace(files, report=replace(files.report, build=replace(files.report.build, title=title)))
    plain = texts(files)
    for name, text in texts(named).items():
        lines = text.splitlines()
        assert lines[1:] == plain[name].splitlines()[1:], name
        assert lines[0].startswith(("// ", "# "))
