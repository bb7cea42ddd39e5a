"""Photos decoded once and resized once: a memory map of uint8 on disk, keyed by their content and the resolution."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image

from builder.data.cache import Lease, discard, obtain
from builder.data.decode import DECODER_VERSION, DRAFT_SIDE, Unreadable, decode, draft_side, resized
from builder.data.photo import Photo
from builder.data.progress import Progress
from builder.errors import DataError, StorageError
from builder.events import Emit
from builder.threads import processors

IN_FLIGHT = 8  # photos a thread that are decoded or wait to be written: bounds the memory

INDEX_BYTES = 200  # of the index, a photo

PIXELS, INDEX = "pixels.bin", "index.json"


@dataclass(frozen=True, slots=True)
class Pixels:
    """Decoded photos.

    Args:
        rows: uint8 (photos, H, W, C), a read-only memory map.
        row: of each photo's digest, its row.
        hashes: of each photo's digest, the sha256 of its pixels at their own size, in hex: the same for any resolution.
        bad: of each digest that could not be decoded, the reason.
        lease: keeps the map from being removed by another process.
    """

    rows: NDArray[np.uint8]
    row: dict[str, int]
    hashes: dict[str, str]
    bad: dict[str, str]
    lease: Lease


def decoded(photos: Sequence[Photo], resolution: int, channels: int, emit: Emit) -> Pixels:
    """The pixels of all readable photos, from the cache or decoded now on all cores.

    Raises:
        StorageError: the cache cannot be written, or the disk is full.
    """
    unique = {photo.digest: photo for photo in photos if photo.digest}
    todo = [unique[digest] for digest in sorted(unique)]
    shape = (resolution, resolution, channels)
    name = [f"v{DECODER_VERSION} {PIL.__version__} {resolution} {channels}", *sorted(unique)]
    key = hashlib.sha256("\n".join(name).encode()).hexdigest()[:32]

    def fill(folder: Path) -> None:
        write_pixels(folder, todo, resolution, channels, emit)

    row_bytes = int(np.prod(shape))
    for _ in range(2):
        folder, lease = obtain(key, fill, needed_bytes=len(todo) * (row_bytes + INDEX_BYTES), emit=emit)
        index = read_index(folder, row_bytes)
        if index is not None:
            break
        discard(folder, lease)
    else:
        raise StorageError(f"What is written to {folder} does not come back whole. Set BUILDER_CACHE_DIR to another disk.")
    good, bad = index["good"], index["bad"]
    if good:
        rows: NDArray[np.uint8] = np.memmap(folder / PIXELS, np.uint8, mode="r", shape=(len(good), *shape))
    else:
        rows = np.zeros((0, *shape), np.uint8)  # an empty file cannot be mapped
    row = {digest: number for number, digest in enumerate(good)}
    return Pixels(rows=rows, row=row, hashes=good, bad=bad, lease=lease)


def read_index(folder: Path, row_bytes: int) -> dict[str, dict[str, str]] | None:
    """The index of an entry, or `None` when a failing disk or power cut left it damaged."""
    try:
        index: dict[str, dict[str, str]] = json.loads((folder / INDEX).read_bytes())
        whole = (folder / PIXELS).stat().st_size == len(index["good"]) * row_bytes and isinstance(index["bad"], dict)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return index if whole else None


def write_pixels(folder: Path, photos: Sequence[Photo], resolution: int, channels: int, emit: Emit) -> None:
    """Decodes photos in threads and writes their pixels in order.

    Written, not mapped: on a full disk a write fails with an error, where a store into a map would kill the process.
    """
    good: dict[str, str] = {}
    bad: dict[str, str] = {}
    progress = Progress(emit, total=len(photos), unit="photos")
    with (folder / PIXELS).open("wb") as file:
        for photo, result in in_order(photos, resolution, channels):
            if isinstance(result, str):
                bad[photo.digest] = result
            else:
                pixels, good[photo.digest] = result
                file.write(pixels.data)
            progress.advance()
        file.flush()
        os.fsync(file.fileno())
    with (folder / INDEX).open("w", encoding="ascii") as file_of_index:
        json.dump({"good": good, "bad": bad}, file_of_index, separators=(",", ":"))
        file_of_index.flush()
        os.fsync(file_of_index.fileno())


Result = tuple[NDArray[np.uint8], str] | str


def in_order(photos: Sequence[Photo], resolution: int, channels: int) -> Iterator[tuple[Photo, Result]]:
    """Decodes in threads (Pillow and sha256 release the interpreter lock) and yields in the order given."""
    threads = processors()
    waiting: deque[tuple[Photo, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns about odd metadata and large photos; neither is news to the user
            for photo in photos:
                waiting.append((photo, pool.submit(decode_one, photo, resolution, channels)))
                if len(waiting) >= IN_FLIGHT * threads:
                    done, future = waiting.popleft()
                    yield done, future.result()
            while waiting:
                done, future = waiting.popleft()
                yield done, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def decode_one(photo: Photo, resolution: int, channels: int) -> Result:
    """A photo's pixels at the resolution and the sha256 of those at its own size, or why it cannot be used.

    Raises:
        DataError: the photo is no longer what was listed; its pixels must not be kept under the old content's name.
    """
    try:
        content = photo.origin.read(photo.key)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DataError(f"{photo.name!r} was there and can no longer be read ({error}). Run the same command again.") from None
    if not isinstance(content, bytes):
        image = Image.fromarray(content)
        return resized(image, resolution, resolution, channels), pixel_hash(image)
    if hashlib.sha256(content).hexdigest() != photo.digest:
        raise DataError(f"{photo.name!r} was changed while the photos were being read. Run the same command again.")
    try:
        image = decode(content)
        hashed = pixel_hash(image)
        side = draft_side(resolution, resolution)
        if side > DRAFT_SIDE:  # the hash is that of the same reduced size at every resolution
            image = decode(content, side=side)
        return resized(image, resolution, resolution, channels), hashed
    except Unreadable as reason:
        return str(reason)


def pixel_hash(image: Image.Image) -> str:
    """sha256 of the size and the RGB pixels, in hex: equal for equal pictures, whatever format holds them."""
    return hashlib.sha256(f"{image.width}x{image.height}:".encode() + image.convert("RGB").tobytes()).hexdigest()
