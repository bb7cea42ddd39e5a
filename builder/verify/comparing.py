"""One photo through several .tflite files at once: what each one says about it and how long it takes."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from builder.errors import InvalidInput
from builder.verify.decoding import decode_in, start_decoder
from builder.verify.isolation import CLASSIFY, Child, ChildFailed, cannot_run, open_child
from builder.verify.prediction import Scored
from builder.verify.scoring import latency_ms, score, use_of

PHOTO_BYTES_MAX = 20 * 1024**2
LATENCY_S = 0.15  # of timing a file; a build's report takes longer and is steadier


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one file says.

    Args:
        labels: best first.
        latency_ms: median of one run on this machine, on one thread.
    """

    labels: tuple[Scored, ...]
    latency_ms: float

    @property
    def top(self) -> Scored:
        """Its answer."""
        return self.labels[0]


@dataclass(frozen=True, slots=True)
class Compared:
    """What the files say about a photo, in the order they were given, and the pixels that they saw, uint8 (H, W, C)."""

    opinions: tuple[Opinion, ...]
    pixels: NDArray[np.uint8]


def compare(paths: Sequence[str | Path], photo: bytes, *, top: int = 5) -> Compared:
    """Shows a photo to several files, each in a process of its own, as is the decoding.

    Args:
        paths: .tflite image classifiers that take photos of one size, as those of a build do.
        photo: the bytes of a photo's file, 20 MiB at most.
        top: how many labels a file.

    Raises:
        InvalidInput: no file, files of different sizes, or a photo that is too large.
        ModelFileError: a file is missing, damaged, or no image classifier.
        DataError: the photo cannot be decoded.
    """
    if not paths:
        raise InvalidInput("No file was chosen. Choose at least one.")
    if len(photo) > PHOTO_BYTES_MAX:
        raise InvalidInput(f"The photo has {len(photo):,} bytes; {PHOTO_BYTES_MAX:,} are taken at most. Save it smaller.")
    with contextlib.ExitStack() as open_ones, ThreadPoolExecutor(len(paths) + 1) as pool:
        decoder = pool.submit(start_decoder)
        opened = [pool.submit(open_child, CLASSIFY, path) for path in paths]
        try:
            children = [each.result() for each in opened]
        finally:
            for each in (decoder, *opened):  # those too that were opened while another one failed
                if each.exception() is None:
                    open_ones.callback(each.result().close)
        pixels = decoded(decoder.result(), children, photo)
        opinions = [opinion(path, child, pixels, top) for path, child in zip(paths, children, strict=True)]
    return Compared(tuple(opinions), pixels)


def decoded(decoder: Child, children: Sequence[Child], photo: bytes) -> NDArray[np.uint8]:
    """The photo as all of these files take it."""
    shapes = {tuple(child.facts["inputs"][0]["shape"][1:]) for child in children}
    if len(shapes) > 1:
        raise InvalidInput("The files take photos of different sizes. Compare files of one build.")
    height, width, channels = shapes.pop()
    return decode_in(decoder, photo, resolution=(height, width), channels=channels)


def opinion(path: str | Path, child: Child, pixels: NDArray[np.uint8], top: int) -> Opinion:
    """What one file says; nothing else runs while it is timed."""
    use = use_of(path, child.facts, None, None, None)
    try:
        row = score(child, pixels[np.newaxis], normalization=use.normalization, threads=1)[0]
        milliseconds = latency_ms(child, use.normalization, seconds=LATENCY_S)
    except ChildFailed as reason:
        raise cannot_run(path, reason) from None
    best = np.argsort(-row, kind="stable")[:top]
    return Opinion(tuple(Scored(use.labels[number], float(row[number])) for number in best), milliseconds)
