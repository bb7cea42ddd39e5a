"""Sends photos to a child and collects its scores; what labels and which normalization a file is run with."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from builder.errors import InvalidInput, ModelFileError
from builder.threads import processors
from builder.verify.isolation import CLASSIFY, Child, ChildFailed

Channels = float | Sequence[float]
Normalization = tuple[list[float], list[float]]

CHUNK_BYTES = 8 * 1024**2  # pixels of one message: 170 photos at 128 px
SLOW_MULTIPLY_ADDS_S = 50e6  # a host that is slower than this is not one that people build on
PHOTO_S_MAX = 120.0
MESSAGE_S = 60.0

# What interpreters may take of the child's memory: each keeps its own packed weights and a few of the largest tensors.
INTERPRETERS_BYTES = 2 * 1024**3
TENSORS_ALIVE = 4
FLOAT_BYTES = 4
THREADS_MAX = 16


class Images(Protocol):
    """uint8 (N, H, W, C), perhaps on disk."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: slice, /) -> NDArray[np.uint8]: ...


@dataclass(frozen=True, slots=True)
class Use:
    """How a file is run: labels in the order of its outputs, and (mean, std) where its input needs or states them."""

    labels: tuple[str, ...]
    normalization: Normalization | None


def score(
    child: Child,
    images: Images,
    *,
    normalization: Normalization | None,
    threads: int,
    on_progress: Callable[[int], None] | None = None,
) -> NDArray[np.float32]:
    """Scores of photos, float32 (N, classes).

    Raises:
        ChildFailed: the interpreter crashed, hung, or gave up.
        ModelFileError: it gives scores that are no numbers.
    """
    _, height, width, channels = child.facts["inputs"][0]["shape"]
    classes = child.facts["outputs"][0]["shape"][-1]
    threads = threads_that_fit(child.facts, threads)
    photo_s = min(PHOTO_S_MAX, child.facts["multiply_adds"] / SLOW_MULTIPLY_ADDS_S)
    at_once = max(1, CHUNK_BYTES // (height * width * channels))
    scores = np.empty((len(images), classes), np.float32)
    for start in range(0, len(images), at_once):
        chunk = np.ascontiguousarray(images[start : start + at_once])
        message = {"ask": "scores", "normalization": normalization, "threads": threads}
        _, answer = child.ask(message, chunk.data.cast("B"), limit_s=MESSAGE_S + len(chunk) * photo_s)
        if len(answer) != len(chunk) * classes * scores.itemsize:
            raise ChildFailed(f"it answered {len(answer):,} bytes for {len(chunk):,} photos")
        scores[start : start + len(chunk)] = np.frombuffer(answer, np.float32).reshape(len(chunk), classes)
        if on_progress:
            on_progress(start + len(chunk))
    if not np.isfinite(scores).all():
        raise ModelFileError("The model gives scores that are not numbers (nan or infinite). Train or export it again.")
    return scores


def top_labels(path: Path, images: Images, normalization: Normalization | None) -> NDArray[np.int64] | None:
    """The top labels that a file gives photos, (N,); None where LiteRT cannot run it, which its checks say."""
    try:
        with Child(CLASSIFY, {"file": str(path)}) as child:
            threads = max(1, min(processors(), len(images)))
            return np.asarray(np.argmax(score(child, images, normalization=normalization, threads=threads), axis=1))
    except (ChildFailed, ModelFileError):
        return None


def threads_that_fit(facts: dict[str, Any], threads: int) -> int:
    """At most so many threads, each with an interpreter of its own, as the child's memory holds."""
    interpreter_bytes: int = 2 * facts["flash_bytes"] + TENSORS_ALIVE * FLOAT_BYTES * max(1, facts["largest_values"])
    return max(1, min(threads, THREADS_MAX, INTERPRETERS_BYTES // interpreter_bytes))


def latency_ms(child: Child, normalization: Normalization | None, seconds: float | None = None) -> float:
    """Median milliseconds of one run on one thread, timed for so many seconds; the machine should have nothing else to do."""
    message = {"ask": "latency", "normalization": normalization, "threads": 1, "seconds": seconds}
    answer, _ = child.ask(message, limit_s=MESSAGE_S + 20 * PHOTO_S_MAX)
    return float(answer["latency_ms"])


def use_of(path: str | Path, facts: dict[str, Any], labels: str | Path | None, mean: Channels | None, std: Channels | None) -> Use:
    """Labels and normalization, from what the user gave or else from the file's metadata.

    Args:
        path: the file, for messages.
        facts: what the child found in it.
        labels: a text file with one label a line; wins over the metadata.
        mean: one number, or one a channel; wins over the metadata, together with `std`.
        std: as `mean`.

    Raises:
        InvalidInput: neither says it, or it does not fit the model.
    """
    classes = facts["outputs"][0]["shape"][-1]
    names = read_labels(labels) if labels is not None else facts["labels"]
    if names is None:
        raise InvalidInput(f"{path} holds no labels. Give a text file with its {classes:,} labels, one a line: --labels FILE.")
    if len(names) != classes:
        whose = str(labels) if labels is not None else f"The metadata of {path}"
        raise InvalidInput(f"{whose} has {len(names):,} labels, but the model has {classes:,} outputs. Give one label for each.")
    return Use(tuple(names), normalization_of(path, facts, mean, std))


def normalization_of(path: str | Path, facts: dict[str, Any], mean: Channels | None, std: Channels | None) -> Normalization | None:
    """(mean, std) as lists; None where an 8-bit input takes raw pixels and nobody says otherwise."""
    image = facts["inputs"][0]
    channels = image["shape"][3]
    if (mean is None) != (std is None):
        raise InvalidInput("Give both --mean and --std, or neither: a float input is (pixel - mean) / std.")
    if mean is not None and std is not None:
        chosen = as_list(mean), as_list(std)
    else:
        stated = (facts["metadata"] or {}).get("normalization")
        if stated is None and image["dtype"] == "float32":
            raise InvalidInput(
                f"{path} takes float32 and does not say how pixels become it. Give --mean and --std: the input is "
                "(pixel - mean) / std. MobileNets for ImageNet take --mean 127.5 --std 127.5, others often --mean 0 --std 255."
            )
        if stated is None:
            return None
        chosen = stated["mean"], stated["std"]
    if not all(len(values) in (1, channels) and all(map(math.isfinite, values)) for values in chosen) or not all(chosen[1]):
        raise InvalidInput(f"mean {chosen[0]} and std {chosen[1]} must be finite numbers, std not 0, one or {channels} of each.")
    return chosen


def as_list(values: Channels) -> list[float]:
    """One number or several as a list."""
    return [float(values)] if isinstance(values, int | float) else [float(value) for value in values]


def read_labels(path: str | Path) -> list[str]:
    """The labels in a text file, one a line.

    Raises:
        InvalidInput: it cannot be read as text.
    """
    from builder.export.labels import from_text

    try:
        return list(from_text(Path(path).read_text(encoding="utf-8-sig")))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise InvalidInput(f"The labels in {path} cannot be read ({reason}). Give a text file with one label a line.") from None
