"""What a build found out: plain frozen values, from the settings to the last check.

    BuildReport
    ├── build: BuildInfo            who it is, when it ran, seconds by stage
    ├── config, predicted           the settings; the shape of `plan --json`
    ├── measured: Measured
    │   ├── keras: KerasScores      the trained network on the test photos
    │   └── variants: VariantMeasure per .tflite, each with its checks
    ├── dataset: DatasetSummary     photos, splits, what was skipped
    ├── training: TrainingSummary   one EpochRecord per epoch
    └── warm_start, seeds, versions, machine, labels, notes, warnings

Shares are 0 to 1, sizes are bytes, times are seconds unless a name says milliseconds. `None` means not measured, and a
reason stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from builder.gate import Gate, Verdict
from builder.report.plain import plain

if TYPE_CHECKING:
    from builder.data import Dataset

FORMAT = 1  # of report.json; raised when a reader of the old one would misread the new one

CheckState = Literal["passed", "failed", "skipped"]

# The file most people want comes first: the first of these that was made and failed no check is the one to show.
PREFERRED = ("int8", "dynamic", "float16", "float32", "int8_micro")


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """Who a build is and when it ran.

    Args:
        id: hex identity, as in the folder's name.
        label: what the folder's name starts with.
        title: what people see.
        started: seconds since 1970, when the folder was made.
        finished: seconds since 1970.
        seconds: time spent in each stage, by this and earlier runs of the same build where known.
    """

    id: str
    label: str
    title: str
    started: float
    finished: float
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def took(self) -> float:
        """Seconds of work: waiting for other builds' slots and pauses between processes are no work."""
        return sum(self.seconds.values()) or self.finished - self.started


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was verified on a file; `reason` says why it failed or was skipped."""

    name: str
    state: CheckState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VariantMeasure:
    """One .tflite, measured from its bytes.

    Args:
        file: name inside the build's folder.
        sha256: of the file, hex.
        flash_bytes: size of the file.
        accuracy: on the test photos, by LiteRT; None when it could not be run (see `checks`).
        arena_bytes: TFLite Micro's arena with reference kernels on a 64-bit host.
        arena_reason: why there is no `arena_bytes`.
        latency_ms: median of one photo on this machine.
        latency_threads: threads that took.
        label_flips: test photos on which the top label differs from the Keras model's.
        max_difference: largest difference of a score from the Keras model's.
        parameters: weights and biases that the file holds.
        multiply_adds: counted from the file's operators.
        checks: everything that was verified, failed or skipped.
    """

    file: str
    sha256: str
    flash_bytes: int
    accuracy: float | None = None
    arena_bytes: int | None = None
    arena_reason: str = ""
    latency_ms: float | None = None
    latency_threads: int | None = None
    label_flips: int | None = None
    max_difference: float | None = None
    parameters: int | None = None
    multiply_adds: int | None = None
    checks: tuple[Check, ...] = ()

    @property
    def failed(self) -> tuple[Check, ...]:
        """Checks that failed."""
        return tuple(check for check in self.checks if check.state == "failed")

    @property
    def skipped(self) -> tuple[Check, ...]:
        """Checks that could not be made here."""
        return tuple(check for check in self.checks if check.state == "skipped")


@dataclass(frozen=True, slots=True)
class KerasScores:
    """The trained network before export, on the test photos.

    Args:
        accuracy: share of test photos with the right top label.
        val_accuracy: the same on the validation photos; choices were made on these.
        images: number of test photos.
        per_class: accuracy by class; None for a class without test photos.
        confusion: photos by true class (row) and predicted class (column), in the order of `labels`.
    """

    accuracy: float
    val_accuracy: float | None = None
    images: int = 0
    per_class: dict[str, float | None] = field(default_factory=dict)
    confusion: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured: the network, and every file that came of it."""

    keras: KerasScores
    variants: dict[str, VariantMeasure]


@dataclass(frozen=True, slots=True)
class SkippedPhoto:
    """A photo that could not be used, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """The photos of a build.

    Args:
        data: as the user named them.
        fingerprint: hash of the contents, hex.
        classes: in training order.
        photos: files looked at.
        used: photos in one of the splits.
        per_class: for each class its number of `train`, `validation` and `test` photos.
        bad: photos that were skipped.
        duplicates: photos whose pixels another photo has too.
        conflicts: different photos that lie in more than one class.
        imbalance: training photos of the largest class / of the smallest.
        small_classes: classes with few training photos.
        notes: what the user should know, as sentences.
        test_data: where the test photos came from, when they were given apart.
    """

    data: str
    fingerprint: str
    classes: tuple[str, ...]
    photos: int
    used: int
    per_class: dict[str, dict[str, int]]
    bad: tuple[SkippedPhoto, ...] = ()
    duplicates: int = 0
    conflicts: int = 0
    imbalance: float = 1.0
    small_classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    test_data: str | None = None

    @classmethod
    def of(cls, dataset: Dataset, *, data: str, test_data: str | None = None) -> DatasetSummary:
        """The summary of prepared photos; `data` and `test_data` as in the settings."""
        found = dataset.report
        return cls(
            data=data,
            test_data=test_data,
            fingerprint=dataset.fingerprint,
            classes=tuple(dataset.classes),
            photos=found.photos,
            used=found.used,
            per_class={name: dict(counts) for name, counts in found.per_class.items()},
            bad=tuple(SkippedPhoto(photo.name, photo.reason) for photo in found.bad),
            duplicates=found.duplicates,
            conflicts=found.conflicts,
            imbalance=found.imbalance,
            small_classes=tuple(found.small_classes),
            notes=tuple(found.notes),
        )

    def count(self, split: str) -> int:
        """Photos in a split: train, validation or test."""
        return sum(counts.get(split, 0) for counts in self.per_class.values())


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One epoch; the values of an `epoch` event. A loss that was not finite is None."""

    epoch: int
    loss: float | None = None
    accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None
    learning_rate: float | None = None
    seconds: float | None = None
    images_per_second: float | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> EpochRecord:
        """From an `epoch` event or a history's row; other keys, such as `epochs`, are passed over."""
        return cls(**{name: values[name] for name in cls.__slots__ if name in values})


@dataclass(frozen=True, slots=True)
class TrainingSummary:
    """How training went.

    Args:
        epochs: epochs that were planned; `history` has those that ran.
        best_epoch: the epoch whose weights were kept, from 1; None when nothing was trained.
        images_per_second: training photos, median over epochs.
        history: one record an epoch, in order.
        batch_size: photos a step at the end, after any halving.
        dtype: precision, such as float32.
        device: what it ran on, such as cpu or the GPU's name.
    """

    epochs: int
    best_epoch: int | None = None
    images_per_second: float | None = None
    history: tuple[EpochRecord, ...] = ()
    batch_size: int | None = None
    dtype: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class WarmStartSummary:
    """Where the first weights came from (`imagenet`, `keras`, `tflite`, `scratch`, ...) and why."""

    kind: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine that built and measured; `report.this_machine()` fills it."""

    cpu: str
    cores: int
    os: str
    memory_bytes: int | None = None
    gpus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GateFinding:
    """What the gate says of a build's file, judged on validation photos.

    Args:
        variant: the file that was judged.
        limits: `builder.gate.Gate` as plain values.
        verdict: how it did.
    """

    variant: str
    limits: Gate
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class BuildReport:
    """Everything that a build found out; report.json holds it, field by field.

    Args:
        build: identity and times.
        config: every setting, `BuildConfig.model_dump(mode="json")`.
        predicted: what was known before, `Plan.to_json()`.
        measured: what came out.
        dataset: the photos.
        training: epochs.
        warm_start: where the first weights came from.
        seeds: `seed` and `split_seed`.
        versions: packages that mattered, by name; `report.package_versions()` fills it.
        machine: where it ran.
        labels: class names in the order of the network's outputs.
        notes: what the user should know.
        warnings: what the user should look at.
        gate: what the gate says; None where it was off, or nothing was trained.
        format: of report.json.
    """

    build: BuildInfo
    config: dict[str, Any]
    predicted: dict[str, Any]
    measured: Measured
    dataset: DatasetSummary
    training: TrainingSummary
    warm_start: WarmStartSummary
    seeds: dict[str, int]
    versions: dict[str, str]
    machine: Machine
    labels: tuple[str, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    gate: GateFinding | None = None
    format: int = FORMAT

    def __post_init__(self) -> None:
        """Settings and plan become plain JSON values, apart from what they were made of."""
        object.__setattr__(self, "config", plain(self.config))
        object.__setattr__(self, "predicted", plain(self.predicted))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: what report.json and `build --json` hold."""
        values: dict[str, Any] = plain(self)
        return {"format": values.pop("format")} | values

    @property
    def hero(self) -> str | None:
        """The variant to show first: the most useful one that failed no check; None when nothing was exported."""
        made = self.measured.variants
        order = [name for name in PREFERRED if name in made] + [name for name in made if name not in PREFERRED]
        sound = [name for name in order if not made[name].failed]
        return next(iter(sound or order), None)

    @property
    def failed_checks(self) -> tuple[tuple[str, Check], ...]:
        """Every failed check with its variant."""
        return tuple((name, check) for name, variant in self.measured.variants.items() for check in variant.failed)

    @property
    def skipped_checks(self) -> tuple[tuple[str, Check], ...]:
        """Every skipped check with its variant."""
        return tuple((name, check) for name, variant in self.measured.variants.items() for check in variant.skipped)

    def all_notes(self) -> tuple[str, ...]:
        """The build's and the photos' notes, each once."""
        return unique((*self.notes, *self.dataset.notes))


def unique(sentences: Iterable[str]) -> tuple[str, ...]:
    """Each sentence once, in the order of its first mention."""
    return tuple(dict.fromkeys(sentences))
