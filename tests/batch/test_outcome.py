"""The figures of a build in a batch: all of them of one file."""

from __future__ import annotations

from builder.batch.outcome import Outcome
from tests.report.samples import sample, variants


def test_figures_are_of_the_file_to_show_first() -> None:
    made, outcome = variants()["int8"], Outcome.of(sample())
    assert (outcome.variant, outcome.flash_bytes, outcome.arena_bytes) == ("int8", made.flash_bytes, made.arena_bytes)


def test_with_a_target_they_are_of_the_file_for_it() -> None:
    made, outcome = variants()["int8_micro"], Outcome.of(sample(), "int8_micro")
    assert (outcome.variant, outcome.flash_bytes, outcome.arena_bytes) == ("int8_micro", made.flash_bytes, made.arena_bytes)


def test_a_target_whose_file_was_not_made_changes_nothing() -> None:
    measures = {"int8": variants()["int8"]}
    assert Outcome.of(sample(measures=measures), "int8_micro") == Outcome.of(sample(measures=measures))


def test_a_file_that_no_gate_judged_has_the_accuracy_of_its_network_and_says_so() -> None:
    report = sample(gate=None)
    outcome = Outcome.of(report)
    assert (outcome.accuracy, outcome.is_judged) == (report.measured.keras.val_accuracy, False)
