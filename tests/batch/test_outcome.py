"""The figures of a build in a batch: of one file, but for the accuracy of the file that the gate judged."""

from __future__ import annotations

import json
from dataclasses import replace

from builder.batch.outcome import Outcome
from builder.gate import Gate, Verdict
from builder.report.model import GateFinding
from builder.strict_json import adapter
from tests.report.samples import sample, variants

JUDGED = GateFinding("int8", Gate(), Verdict(True, (), 0.005, "hand 1", 0.05, 200))


def test_figures_are_of_the_file_to_show_first() -> None:
    made, outcome = variants()["int8"], Outcome.of(sample())
    assert (outcome.variant, outcome.flash_bytes, outcome.arena_bytes) == ("int8", made.flash_bytes, made.arena_bytes)


def test_the_file_that_the_gate_judged_is_named_beside_that_for_the_target() -> None:
    outcome = Outcome.of(sample(gate=JUDGED), "int8_micro")
    assert (outcome.judged, outcome.variant, outcome.is_judged) == ("int8", "int8_micro", True)


def test_figures_of_a_record_that_does_not_name_the_judged_file_are_read() -> None:
    now = Outcome.of(sample(gate=JUDGED), "int8_micro")
    old = {name: value for name, value in now.to_json().items() if name != "judged"}
    assert adapter(Outcome).validate_json(json.dumps(old), strict=True) == replace(now, judged="")
    assert Outcome.from_json(old) == replace(now, judged="")


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
