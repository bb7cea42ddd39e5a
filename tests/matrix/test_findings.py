"""What a matrix says in words."""

from __future__ import annotations

from dataclasses import replace

from builder.gate import Verdict
from builder.matrix import findings
from builder.report import Check
from tests.matrix.samples import failed_row, row, sample, with_gaps


def test_the_headline_names_the_file_its_sizes_and_what_it_lost() -> None:
    assert findings.headline(sample()) == (
        "Smallest file that passes: pruned_clustered_qat, 250.5 KiB, 94.0 KiB as a download. It names 98.5 % of 410 test photos "
        "right, 0.7 points less than the network."
    )


def test_a_file_that_won_says_so() -> None:
    won = replace(row("int8"), drop=-0.012, accuracy=0.99)
    assert findings.headline(sample(rows=(won,), chosen="int8")).endswith("right, 1.2 points more than the network.")


def test_where_nothing_passes_the_headline_is_the_shortfall() -> None:
    assert findings.headline(sample(chosen=None, shortfall="No file passes.")) == "No file passes."
    assert findings.headline(sample(techniques=(), chosen=None)) == "No technique was tried."


def test_downloads_are_held_against_plain_int8_and_not_where_it_is_missing() -> None:
    whole = sample()
    assert round(findings.gzip_share(whole, whole.rows[0]) or 0, 2) == 3.65
    alone = sample(techniques=("float32",))
    assert findings.gzip_share(alone, alone.rows[0]) is None


def test_a_row_is_in_one_of_four_states() -> None:
    failed_check = replace(row("int8"), files=(replace(row("int8").files[0], checks=(Check("runs", "failed"),)),))
    rows = (row("int8"), row("pruned_clustered"), failed_check, with_gaps().rows[1], failed_row())
    assert [findings.state(each) for each in rows] == ["passed", "failed", "failed", "not judged", "no file"]


def test_every_reason_against_a_row_is_in_its_gate() -> None:
    against = replace(row("int8"), verdict=Verdict(False, ("too large.", "too wrong"), 0.1, "", 0.0, 4))
    assert findings.gate_text(against) == "too large; too wrong"


def test_the_same_layers_left_alone_for_the_same_reason_are_told_once() -> None:
    (alone,) = findings.left_alone(sample())
    assert (len(alone.techniques), len(alone.layers)) == (7, 13)
    assert "conv_dw_6 and 7 more): depthwise kernels are small" in findings.alone_text(alone)


def test_what_was_not_kept_says_what_is_there_for_what_was_wanted() -> None:
    assert findings.not_kept(sample()) == ["clustered_qat: not kept in 1 layer of 13: conv_pw_7 (17 values for 16)"]


def test_techniques_with_the_same_settings_share_a_line() -> None:
    said = dict(findings.settings(sample()))
    assert said["pruned, pruned_qat"] == "batch size 32, epochs 6, sparsity 0.5"


def test_labels_of_a_photo_are_told_once_with_those_that_say_them() -> None:
    assert findings.said_by({"a": "x", "b": "y", "c": "y"}) == [("y", ("b", "c")), ("x", ("a",))]
