"""Verifies every variant of a build from its bytes: against Keras, against other interpreters, against its own metadata."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from builder.errors import ModelFileError
from builder.events import Emit, silent
from builder.export.labels import to_text
from builder.preprocessing import MEAN, STD
from builder.threads import processors
from builder.verify.isolation import CLASSIFY, Child, ChildFailed
from builder.verify.litert import LATENCY_THREADS
from builder.verify.mediapipe import MediaPipe
from builder.verify.micro import Arena, check_micro, measure_arena
from builder.verify.scoring import Images, latency_ms, score
from builder.verify.verdict import FOR_FIRMWARE, Check, VariantCheck, judge

NORMALIZATION = ([MEAN], [STD])
CLEAR = 0.02  # of two top scores: far more than MediaPipe's own resizing and normalization can move
FOR_APPS = ("float32", "int8")


@dataclass(slots=True)
class Running:
    """One variant while it is verified: its child stays open until the latency is measured."""

    path: Path
    child: Child | None = None
    failure: str = ""
    scores: NDArray[np.float32] | None = None


def verify_variants(
    files: Mapping[str, str | Path],
    images: Images,
    labels: NDArray[np.int32],
    keras_scores: NDArray[np.float32],
    classes: Sequence[str],
    *,
    emit: Emit = silent,
) -> dict[str, VariantCheck]:
    """Runs every variant on every test photo, and looks at whatever else can be found out about it here.

    A check that cannot be made (a tool is not installed) is skipped with the reason; nothing but a programming error raises.

    Args:
        files: the .tflite of each variant.
        images: test photos, uint8 (N, H, W, C).
        labels: int32 (N,) numbers of classes.
        keras_scores: float32 (N, classes) of the trained network on the same photos.
        classes: names in training order.
        emit: told about progress, in photos of all variants together.

    Returns:
        What was found, by variant, in the order of `files`.
    """
    running = {variant: Running(Path(path)) for variant, path in files.items()}
    threads = max(1, processors() // max(1, len(running)))
    advance = progress(emit, files=len(files), photos=len(images))
    with contextlib.ExitStack() as children, pool_of(processors()) as pool:
        children.callback(close, running.values())
        app = pool.submit(start_mediapipe, files, images)
        micro = {variant: pool.submit(run_micro, variant, path, images) for variant, path in files.items()}
        for done in [pool.submit(run_variant, one, images, threads, advance) for one in running.values()]:
            done.result()
        found = {variant: verdict_on(variant, one, labels, keras_scores, classes) for variant, one in running.items()}
        mediapipe = app.result()
        if isinstance(mediapipe, MediaPipe):
            children.callback(mediapipe.close)
        for variant, one in running.items():
            if variant in FOR_APPS:
                found[variant] = with_check(found[variant], check_mediapipe(mediapipe, one, images, labels, classes))
            arena, check = micro[variant].result()
            found[variant] = replace(with_check(found[variant], check), arena_bytes=arena.bytes, arena_reason=arena.reason or "")
        # Last, when nothing else keeps the cores busy.
        return {variant: with_latency(check, running[variant]) for variant, check in found.items()}


@contextlib.contextmanager
def pool_of(threads: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that are waited for at the end of the body, but not when an error or Ctrl-C ends it."""
    pool = ThreadPoolExecutor(threads)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def close(variants: Iterable[Running]) -> None:
    """Ends the children that are still open."""
    for one in variants:
        if one.child is not None:
            one.child.close()


def progress(emit: Emit, files: int, photos: int) -> Callable[[int], None]:
    """Counts photos of all threads together; one event at a time."""
    lock = threading.Lock()
    done, total = 0, files * photos
    whole = f"{files} file{'s' if files != 1 else ''} on {photos:,} photos"

    def advance(more: int) -> None:
        nonlocal done
        with lock:
            done += more
            emit("progress", stage="verify", done=done, total=total, unit="photos", whole=whole)

    return advance


def run_variant(running: Running, images: Images, threads: int, advance: Callable[[int], None]) -> None:
    """Scores of all test photos; what goes wrong is kept as the failure."""
    seen = 0

    def so_far(done: int) -> None:
        nonlocal seen
        advance(done - seen)
        seen = done

    try:
        running.child = Child(CLASSIFY, {"file": str(running.path)})
        running.scores = score(running.child, images, normalization=NORMALIZATION, threads=threads, on_progress=so_far)
    except (ChildFailed, ModelFileError) as reason:
        running.failure = str(reason)


def verdict_on(
    variant: str, running: Running, labels: NDArray[np.int32], keras_scores: NDArray[np.float32], classes: Sequence[str]
) -> VariantCheck:
    """The verdict on a variant; one that could not even be opened has its bytes named and nothing else."""
    if running.child is not None:
        return judge(
            variant, running.path.name, running.child.facts, running.scores, running.failure, labels, keras_scores, classes
        )
    content = running.path.read_bytes() if running.path.is_file() else b""
    failed = Check("runs", "failed", running.failure)
    return VariantCheck(running.path.name, hashlib.sha256(content).hexdigest(), len(content), checks=(failed,))


def start_mediapipe(files: Mapping[str, str | Path], images: Images) -> MediaPipe | str:
    """MediaPipe, or the reason why it cannot be used here."""
    if not any(variant in FOR_APPS for variant in files):
        return "there is no file for apps"
    if images[0:1].shape[3] != 3:
        return "MediaPipe takes colour photos only"
    try:
        return MediaPipe()
    except (ChildFailed, ModelFileError) as reason:
        return str(reason)


def check_mediapipe(
    app: MediaPipe | str, running: Running, images: Images, labels: NDArray[np.int32], classes: Sequence[str]
) -> Check:
    """An app names the right label for the photo that the file itself classifies rightly and most clearly."""
    if isinstance(app, str):
        return Check("mediapipe", "skipped", app)
    if running.scores is None:
        return Check("mediapipe", "skipped", "LiteRT cannot run the file")
    margins = np.sort(running.scores, axis=1)
    margin = margins[:, -1] - margins[:, -2]
    margin[np.argmax(running.scores, axis=1) != labels] = -1
    photo = int(np.argmax(margin))
    if margin[photo] < CLEAR:
        return Check("mediapipe", "skipped", "the file classifies no test photo rightly and clearly")
    expected = classes[int(labels[photo])]
    try:
        label = app.top_label(running.path, images[photo : photo + 1][0])
    except (ChildFailed, ModelFileError) as reason:
        return Check("mediapipe", "failed", f"MediaPipe cannot run it: {reason}")
    if label not in (expected, to_text([expected])[:-1]):  # MediaPipe shows the line of labels.txt as it is, escapes included
        return Check("mediapipe", "failed", f"MediaPipe names {label!r} for a photo of {expected!r}, which LiteRT names rightly")
    return Check("mediapipe", "passed", f"names {label!r} for a photo of it")


def run_micro(variant: str, path: str | Path, images: Images) -> tuple[Arena, Check | None]:
    """TFLite Micro's arena; of the file for microcontrollers also whether it computes what it should."""
    if variant != FOR_FIRMWARE:
        return measure_arena(path), None
    arena, state, reason = check_micro(path, images, NORMALIZATION)
    return arena, Check("micro", state, reason)


def with_check(verdict: VariantCheck, check: Check | None) -> VariantCheck:
    """The verdict with one more check."""
    return verdict if check is None else replace(verdict, checks=(*verdict.checks, check))


def with_latency(check: VariantCheck, running: Running) -> VariantCheck:
    """The check with the latency, where the file runs."""
    if check.accuracy is None or running.child is None:
        return check
    try:
        return replace(check, latency_ms=latency_ms(running.child, NORMALIZATION), latency_threads=LATENCY_THREADS)
    except ChildFailed as reason:
        return replace(check, checks=(*check.checks, Check("latency", "failed", str(reason))))
