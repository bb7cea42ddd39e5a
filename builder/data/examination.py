"""What the photos of a source are like, before anything is trained: the doctor's report, the split, a few photos of each class.

    <cache>/examined/<key>/      one examination: examination.json and the small photos; whole, since it is renamed into place

Photos are decoded at the resolution that is asked for, so that a build at that resolution finds them decoded; what is found does
not depend on it, and a second look at the same photos decodes none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import PIL

from builder.data.archive import ZipOrigin
from builder.data.cache import guarded, subfolder
from builder.data.dataset import prepare
from builder.data.decode import DECODER_VERSION
from builder.data.folder import FolderOrigin
from builder.data.health import BadPhoto, DataReport
from builder.data.known import Known, remember
from builder.data.photo import Photo
from builder.data.samples import Sample, write_samples
from builder.data.source import Source, open_source
from builder.events import Emit, silent

VERSION = 1
ROOM, FILE = "examined", "examination.json"
KEPT = 50  # examinations, each of at most half a MiB


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found.

    Args:
        data: what the user asked for.
        classes: names in training order.
        fingerprint: of the photos, as `Source.fingerprint`.
        photos: how many there are.
        total_bytes: of their files, as they lie; of built-in sets, of their pixels.
        resolution: pixels a side at which they were decoded, by the examination that found this.
        split_seed: seeds the split that the report counts.
        report: bad photos, copies, conflicts, counts a class and split, notes.
        samples: a few photos of each class, in the order of the classes.
        folder: where the samples' files lie; they may vanish when the cache is cleared.
    """

    data: str
    classes: tuple[str, ...]
    fingerprint: str
    photos: int
    total_bytes: int
    resolution: int
    split_seed: int
    report: DataReport
    samples: tuple[Sample, ...] = field(repr=False)
    folder: Path = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self) | {
            "classes": list(self.classes),
            "report": self.report.to_json(),
            "samples": [asdict(sample) for sample in self.samples],
            "folder": str(self.folder),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Examination:
        """The value that `to_json` told.

        Raises:
            ValueError: what came is no examination.
        """
        try:
            found = dict(values["report"])
            report = DataReport(
                **found
                | {
                    "bad": tuple(BadPhoto(**each) for each in found["bad"]),
                    "small_classes": tuple(found["small_classes"]),
                    "notes": tuple(found["notes"]),
                }
            )
            return cls(
                **values
                | {
                    "classes": tuple(values["classes"]),
                    "report": report,
                    "samples": tuple(Sample(**each) for each in values["samples"]),
                    "folder": Path(values["folder"]),
                }
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"no examination: {error}") from None


def examine(
    data: str,
    *,
    resolution: int = 96,
    channels: int = 3,
    split_seed: int = 0,
    bad_share_max: float = 0.1,
    emit: Emit = silent,
) -> Examination:
    """Looks at all photos of a source.

    Args:
        data: in the forms that `open_source` takes.
        resolution: pixels a side to decode at.
        channels: 3 (RGB) or 1 (gray).
        split_seed: seeds the split.
        bad_share_max: the share of unreadable photos, 0..1, above which they are refused.
        emit: told how far it is.

    Raises:
        DataError: photos that no model can be trained on.
        StorageError: the cache cannot be written.
    """
    emit("stage", stage="data", state="start")
    source = open_source(data, emit=emit)
    folder = guarded(lambda: subfolder(ROOM)) / key_of(source, split_seed, bad_share_max)
    found = remembered(folder)
    if found is None:
        dataset = prepare(
            source, resolution=resolution, channels=channels, split_seed=split_seed, bad_share_max=bad_share_max, emit=emit
        )
        bad = {photo.name for photo in dataset.report.bad}
        values = {
            "data": data,
            "classes": source.classes,
            "fingerprint": source.fingerprint,
            "photos": source.photos,
            "total_bytes": sum(bytes_of(photo) for photo in source.items),
            "resolution": resolution,
            "split_seed": split_seed,
            "report": dataset.report.to_json(),
        }
        good = [photo for photo in source.items if photo.name not in bad]
        guarded(lambda: keep(folder, values, good, source.classes))
        found = Examination.from_json(values | read_samples(folder))
    remember(data, Known(found.classes, found.photos, found.fingerprint))
    emit("stage", stage="data", state="done")
    return found


def key_of(source: Source, split_seed: int, bad_share_max: float) -> str:
    """Names an examination: the photos, their names (the report tells those of bad ones), and what is done with them."""
    what = f"{VERSION} {DECODER_VERSION} {PIL.__version__} {split_seed} {bad_share_max:g} {source.data}"
    names = [f"{photo.name}\0{photo.digest}\0{photo.problem}" for photo in source.items]
    lines = [what, source.fingerprint, *source.classes, *source.notes, *names]
    return hashlib.sha256("\n".join(lines).encode(errors="surrogatepass")).hexdigest()[:32]


def remembered(folder: Path) -> Examination | None:
    """The examination that was kept, or None when it is absent, damaged, or has lost its photos."""
    try:
        found = Examination.from_json(json.loads((folder / FILE).read_bytes()) | {"folder": str(folder)})
    except (OSError, ValueError, TypeError):
        return None
    return found if all((folder / sample.file).is_file() for sample in found.samples) else None


def read_samples(folder: Path) -> dict[str, Any]:
    """What was just kept about the small photos."""
    return {"samples": json.loads((folder / FILE).read_bytes())["samples"], "folder": str(folder)}


def keep(folder: Path, values: dict[str, Any], photos: list[Photo], classes: tuple[str, ...]) -> None:
    """Writes an examination to a temporary folder and renames it; the oldest beyond the number that is kept go."""
    partial = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.partial")
    try:
        partial.mkdir()
        samples = write_samples(photos, classes, partial)
        content = values | {"samples": [asdict(sample) for sample in samples]}
        (partial / FILE).write_text(json.dumps(content, separators=(",", ":")), encoding="ascii")
        shutil.rmtree(folder, ignore_errors=True)  # one that is damaged
        with contextlib.suppress(FileExistsError):
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    kept = sorted(folder.parent.glob("[!.]*"), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in kept[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def bytes_of(photo: Photo) -> int:
    """The size of a photo's file; nothing for one that has vanished."""
    if isinstance(photo.origin, FolderOrigin):
        with contextlib.suppress(OSError):
            return (photo.origin.root / photo.key).stat().st_size
        return 0
    if isinstance(photo.origin, ZipOrigin):
        return photo.origin.opened().infolist()[int(photo.key)].file_size
    return int(np.asarray(photo.origin.read(photo.key)).nbytes)
