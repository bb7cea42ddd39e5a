"""What one variant is judged by, once its photos have run: plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from builder.preprocessing import MEAN, STD
from builder.verify import metrics

AGREEMENT = 1e-4  # largest difference of a score of the float32 file from Keras's; sums in another order differ by some 1e-6
INTEGER_INPUTS = {"int8": "uint8", "int8_micro": "int8"}
FOR_FIRMWARE = "int8_micro"

State = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `reason` says why it failed or was skipped, or what was found."""

    name: str
    state: State
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VariantCheck:
    """What one .tflite does.

    Args:
        file: its name.
        sha256: of its bytes, hex.
        flash_bytes: its size.
        parameters: weights and biases; `multiply_adds` of one run; both counted from its operators.
        accuracy: on the test photos, by LiteRT; None where LiteRT cannot run it (see the check `runs`), as are the next four.
        label_flips: test photos whose top label differs from Keras's.
        max_difference: of a score from Keras's.
        latency_ms: median of one run on this host, on `latency_threads` threads.
        arena_bytes: what TFLite Micro takes; None with the reason in `arena_reason`.
        checks: `runs` and `metadata`; of float32 `agreement`, of integer files `integer`, of int8_micro `micro`, of float32 and
            int8 `mediapipe`.
        top: what it says about each test photo; None where LiteRT cannot run it.
    """

    file: str
    sha256: str
    flash_bytes: int
    parameters: int | None = None
    multiply_adds: int | None = None
    accuracy: float | None = None
    label_flips: int | None = None
    max_difference: float | None = None
    latency_ms: float | None = None
    latency_threads: int | None = None
    arena_bytes: int | None = None
    arena_reason: str = ""
    checks: tuple[Check, ...] = ()
    top: metrics.Top | None = field(default=None, repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, under the names of the fields; without what it says about single photos."""
        values = asdict(replace(self, top=None))
        del values["top"]
        return values


def judge(
    variant: str,
    file: str,
    facts: dict[str, Any],
    scores: NDArray[np.float32] | None,
    failure: str,
    labels: NDArray[np.int32],
    keras_scores: NDArray[np.float32],
    classes: Sequence[str],
) -> VariantCheck:
    """What the scores and the bytes say.

    Args:
        variant: its name.
        file: the file's name.
        facts: what its child found in it, see `facts.facts`.
        scores: float32 (N, classes) of the test photos, None where it could not be run, and `failure` says why.
    """
    check = VariantCheck(
        file=file,
        sha256=facts["sha256"],
        flash_bytes=facts["flash_bytes"],
        parameters=facts["parameters"],
        multiply_adds=facts["multiply_adds"],
        checks=tuple(check_bytes(variant, facts, classes)),
    )
    if scores is not None and scores.shape != keras_scores.shape:
        failure = f"its scores have the shape {scores.shape}, those of the network {keras_scores.shape}"
    if scores is None or failure:
        return replace(check, checks=(Check("runs", "failed", failure), *check.checks))
    difference = metrics.max_difference(scores, keras_scores)
    checks = [Check("runs", "passed"), *check.checks]
    if variant == "float32":
        state: State = "passed" if difference <= AGREEMENT else "failed"
        checks.append(
            Check("agreement", state, f"scores differ from Keras's by {difference:.1e} at most; {AGREEMENT:g} is allowed")
        )
    return replace(
        check,
        accuracy=metrics.accuracy(scores, labels),
        label_flips=metrics.label_flips(scores, keras_scores),
        max_difference=difference,
        checks=tuple(checks),
        top=metrics.Top.of(scores),
    )


def check_bytes(variant: str, facts: dict[str, Any], classes: Sequence[str]) -> list[Check]:
    """Metadata, and whether an integer file is integer."""
    stated = (facts["metadata"] or {}).get("normalization")
    problems = []
    if facts["labels"] is None or tuple(facts["labels"]) != tuple(classes):
        problems.append("its labels are not the classes in training order")
    if stated != {"mean": [MEAN], "std": [STD]}:
        problems.append(f"its normalization is {stated} instead of mean {MEAN}, std {STD}")
    checks = [Check("metadata", "failed" if problems else "passed", "; ".join(problems))]
    if variant in INTEGER_INPUTS:
        wrong = list(facts["not_integer"])
        wanted = INTEGER_INPUTS[variant]
        ends = {what: facts[f"{what}s"][0]["dtype"] for what in ("input", "output")}
        wrong.extend(f"its {what} is {dtype} instead of {wanted}" for what, dtype in ends.items() if dtype != wanted)
        checks.append(Check("integer", "failed" if wrong else "passed", "; ".join(wrong)))
    return checks
