"""The shelf of compressed files of one trained network: what each technique made, measured on the same photos.

    Matrix
    ├── network: Network        the trained network that all are held against
    ├── rows: Row               a technique: its files, what it lost, what it left alone
    │   └── files: File         a .tflite, measured from its bytes
    ├── gate, chosen            the limits, and the smallest file that keeps to them
    └── flips: Flip             test photos whose label some technique changed

It lies in a build's folder as `compressed/matrix.json`. Shares are 0 to 1, sizes are bytes, times are seconds unless a name says
milliseconds. `None` means not measured, and a reason stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from builder.gate import Gate, Verdict
from builder.report.model import Check
from builder.report.plain import plain

FORMAT = 1  # of matrix.json
FOLDER = "compressed"  # inside the build's
NAME = "matrix.json"


@dataclass(frozen=True, slots=True)
class File:
    """One .tflite.

    Args:
        file: its path below the build's folder, such as `int8.tflite` or `compressed/qat.tflite`.
        sha256: of its bytes, hex.
        flash_bytes: its size.
        gzip_bytes: its size as a download, compressed by gzip at level 9.
        accuracy: on the test photos, by LiteRT; None where it could not be run (see `checks`).
        arena_bytes: TFLite Micro's arena with reference kernels on a 64-bit host.
        arena_reason: why there is no `arena_bytes`.
        latency_ms: median of one photo on this machine, on one thread.
        checks: everything that was verified, failed or skipped.
    """

    file: str
    sha256: str
    flash_bytes: int
    gzip_bytes: int
    accuracy: float | None = None
    arena_bytes: int | None = None
    arena_reason: str = ""
    latency_ms: float | None = None
    checks: tuple[Check, ...] = ()

    @property
    def failed(self) -> tuple[Check, ...]:
        """Checks that failed."""
        return tuple(check for check in self.checks if check.state == "failed")


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A layer that a technique does nothing to, and why."""

    layer: str
    reason: str


@dataclass(frozen=True, slots=True)
class LayerKept:
    """What a technique wanted of a layer, and what is in the exported bytes; None where it wanted nothing of the kind.

    `values` are the most distinct values in one output channel, since each channel has a scale of its own.
    """

    layer: str
    sparsity_wanted: float | None
    sparsity: float
    values_wanted: int | None
    values: int
    groups_wanted: bool = False
    groups: float = 1.0
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One technique.

    Args:
        technique: its name.
        title: for people.
        trained: whether the weights were tuned; else only numbers were rounded.
        failure: why there is no file; empty where there is.
        files: what it wrote, the one that is judged first: for phones (uint8 or float input), then for microcontrollers (int8).
        accuracy: of the first file on the test photos.
        val_accuracy: on the validation photos.
        per_class: on the test photos; None for a class without any.
        drop: share of test photos lost against the network; below 0 where some were won.
        label_flips: test photos that got another label than the network's.
        multiply_adds: of one run.
        multiply_adds_left: those whose weight is not zero: what hardware that skips zeros would do.
        sparsity: share of zeros in the kernels of the first file, all layers together.
        values: the most distinct values in one output channel of a pointwise kernel.
        epochs: passes over the training photos; 0 where nothing was trained.
        seconds: how long it took, verification included.
        settings: what decides its result: sparsity, clusters, epochs, calibration photos.
        left_alone: layers that the technique does nothing to.
        kept: what was wanted of each layer and what is there, for techniques that prune or cluster.
        verdict: of the gate, on the validation photos; None where it was not judged.
    """

    technique: str
    title: str
    trained: bool
    failure: str = ""
    files: tuple[File, ...] = ()
    accuracy: float | None = None
    val_accuracy: float | None = None
    per_class: dict[str, float | None] = field(default_factory=dict)
    drop: float | None = None
    label_flips: int | None = None
    multiply_adds: int | None = None
    multiply_adds_left: int | None = None
    sparsity: float | None = None
    values: int | None = None
    epochs: int = 0
    seconds: float = 0.0
    settings: dict[str, Any] = field(default_factory=dict)
    left_alone: tuple[LeftAlone, ...] = ()
    kept: tuple[LayerKept, ...] = ()
    verdict: Verdict | None = None

    @property
    def first(self) -> File | None:
        """The file that accuracy and sizes are told of."""
        return self.files[0] if self.files else None

    @property
    def micro(self) -> File | None:
        """The file for microcontrollers: int8 in and out."""
        return next((each for each in self.files if each.file.endswith("_micro.tflite")), None)

    @property
    def arena_bytes(self) -> int | None:
        """TFLite Micro's arena: of the microcontrollers' file where there is one, else of the first."""
        chosen = self.micro or self.first
        return None if chosen is None else chosen.arena_bytes

    @property
    def worst_class(self) -> tuple[str, float] | None:
        """The class with the lowest accuracy on the test photos; None where none was measured."""
        measured = [(name, share) for name, share in self.per_class.items() if share is not None]
        return min(measured, key=lambda each: each[1], default=None)

    @property
    def not_kept(self) -> tuple[LayerKept, ...]:
        """Layers in which not everything that was wanted is there."""
        return tuple(layer for layer in self.kept if not layer.whole)


@dataclass(frozen=True, slots=True)
class Network:
    """The trained network on the same photos."""

    accuracy: float
    val_accuracy: float
    per_class: dict[str, float | None]
    test_photos: int
    validation_photos: int


@dataclass(frozen=True, slots=True)
class Flip:
    """A test photo whose label some technique changed.

    Args:
        photo: its number among the test photos; its picture is `compressed/photos/<photo>.png`.
        name: its path below the data.
        true: its class.
        network: what the network says.
        said: what each technique says that says something else, by its name.
    """

    photo: int
    name: str
    true: str
    network: str
    said: dict[str, str]


@dataclass(frozen=True, slots=True)
class Matrix:
    """All techniques of a build that were tried so far.

    Args:
        build: the build's id.
        title: what people see.
        network: the trained network.
        rows: in the order of the shelf: float first, then quantized, then tuned.
        gate: the limits that rows were judged by.
        chosen: the technique whose first file is the smallest that passed; None where none did.
        shortfall: where none passed: what the best one lacks, as a sentence.
        flips: test photos whose label changed, those first that most techniques changed.
        seconds: of all rows together.
        machine: where latencies and times were measured.
        files: the files that lie beside matrix.json, and their hashes.
        format: of matrix.json.
    """

    build: str
    title: str
    network: Network
    rows: tuple[Row, ...]
    gate: Gate = field(default_factory=Gate)
    chosen: str | None = None
    shortfall: str = ""
    flips: tuple[Flip, ...] = ()
    seconds: float = 0.0
    machine: str = ""
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def row(self, technique: str) -> Row | None:
        """The row of a technique."""
        return next((row for row in self.rows if row.technique == technique), None)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: what matrix.json holds."""
        values: dict[str, Any] = plain(self)
        return {"format": values.pop("format")} | values
