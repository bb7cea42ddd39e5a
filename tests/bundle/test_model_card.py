"""The model card."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

import pytest

from builder.bundle.build_files import BuildFiles, build_files
from builder.bundle.model_card import by_class, model_card
from builder.config import BuildConfig
from builder.runs import Run
from tests.bundle.builds import HOSTILE, renamed


@pytest.fixture
def files(run: Run) -> BuildFiles:
    """A finished build."""
    return build_files(run)


def cells(text: str, first: str) -> list[str]:
    """A table's row by its first cell."""
    line = next(line for line in text.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_each_class_has_the_network_beside_the_integers(files: BuildFiles) -> None:
    text = model_card(files)
    head = cells(text, "class")
    assert head == ["class", "training", "test", "network", "float32", "int8", "int8_micro"]
    row = cells(text, "3")
    assert files.outcomes is not None
    assert float(row[5].removesuffix(" %")) == pytest.approx(100 * by_class(files.outcomes, "int8")["3"], abs=0.06)
    share = files.report.measured.keras.per_class["3"]
    assert share is not None
    assert float(row[3].removesuffix(" %")) == pytest.approx(100 * share, abs=0.06)


def test_accuracies_by_class_add_up_to_the_files(files: BuildFiles) -> None:
    assert files.outcomes is not None
    counts = {
        name: sum(files.outcomes.is_of(photo) == name for photo in range(len(files.outcomes))) for name in files.report.labels
    }
    right = sum(share * counts[name] for name, share in by_class(files.outcomes, "int8").items())
    assert right / len(files.outcomes) == pytest.approx(files.report.measured.variants["int8"].accuracy)


def test_without_outcomes_the_network_stands_alone(files: BuildFiles) -> None:
    assert cells(model_card(replace(files, outcomes=None)), "class") == ["class", "training", "test", "network"]


def test_the_hash_is_that_of_the_settings_which_build_it_again(files: BuildFiles) -> None:
    text = model_card(files)
    settings = files.folder / "config.yaml"
    assert hashlib.sha256(settings.read_bytes()).hexdigest() in text
    assert "builder build --config config.yaml" in text
    assert BuildConfig.from_file(settings).data == "digits"


def test_a_license_is_told_and_so_is_none(run: Run, files: BuildFiles) -> None:
    assert "| License | not stated" in model_card(files)
    renamed(run, files.report.labels, author="Ada", license="Apache-2.0")
    text = model_card(build_files(run))
    assert "| License | Apache-2.0 |" in text
    assert "| Author | Ada |" in text


def test_hostile_names_change_no_structure(run: Run, files: BuildFiles) -> None:
    plain = model_card(files).splitlines()
    renamed(run, HOSTILE, title=HOSTILE[7], author=HOSTILE[2], license=HOSTILE[7])
    found = model_card(build_files(run)).splitlines()
    assert len(found) == len(plain)
    for line, before in zip(found, plain, strict=True):
        assert len(re.findall(r"(?<!\\)\|", line)) == len(re.findall(r"(?<!\\)\|", before)), line
        assert not re.search(r"(?<!\\)<b>", line)
        assert "\u202e" not in line
