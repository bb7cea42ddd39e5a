"""What the builds of a batch start from: photos and weights, each looked at once however many builds share it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import TypeVar

from builder import start
from builder.architecture import Network
from builder.batch.time_needed import Work
from builder.config import BuildConfig, Training
from builder.data import Source, open_source
from builder.data.split import SHARE
from builder.errors import BuilderError
from builder.events import Emit, silent
from builder.runs import Run
from builder.train.recipe import recipe
from builder.warm_start import imagenet

Key = TypeVar("Key")
Value = TypeVar("Value")


class Inputs:
    """Photos, weights and earlier builds, kept as they were first seen.

    Args:
        exports: where builds are kept.
        emit: told what is listed.
    """

    def __init__(self, exports: Path, emit: Emit = silent) -> None:
        self.exports, self.emit = exports, emit
        self.sources: dict[tuple[str, str | None], Source | BuilderError] = {}
        self.warm_starts: dict[str, str | BuilderError] = {}
        self.cached: dict[tuple[float, int], bool] = {}
        self.photos: dict[str, int] = {}
        self.works: dict[tuple[Training, int, tuple[bool, ...]], Work] = {}

    @cached_property
    def folders(self) -> dict[str, Path]:
        """The folders of builds by the id that their names end with, found by one look at the exports folder."""
        try:
            found = sorted(path for path in self.exports.iterdir() if path.is_dir() and not path.name.startswith("."))
        except OSError:
            return {}
        return {path.name.rpartition("-")[2]: path for path in reversed(found)}

    def source(self, config: BuildConfig) -> Source:
        """The photos of some settings.

        Raises:
            InvalidInput: they cannot be used, or have another number of classes than the settings say.
        """
        source = once(
            self.sources, (config.data, config.test_data), lambda: open_source(config.data, config.test_data, emit=self.emit)
        )
        start.check_classes(config, source)
        return source

    def build_id(self, config: BuildConfig, source: Source) -> str:
        """The id of a build.

        Raises:
            ModelFileError: the weights that it starts from are no file that can be read, or none exist for its alpha.
        """
        if config.init == "imagenet" and config.alpha not in imagenet.ALPHAS:
            imagenet.find(config.network(len(source.classes)), self.emit)  # its message says which alphas there are
        warm_start = once(self.warm_starts, config.init, lambda: start.warm_start_sha256(config.init))
        return start.identity(config, source, warm_start)

    def status(self, build: str) -> str:
        """`done`, `running`, `unfinished`, or `new` where there is no folder yet."""
        folder = self.folders.get(build)
        return "new" if folder is None else Run(folder).status()

    def work(self, config: BuildConfig, source: Source) -> Work:
        """What a build has to do. `auto` may start from ImageNet weights, which takes fewer epochs, where they can be fetched."""
        warm: tuple[bool, ...] = (config.init not in start.NAMED_STARTS or config.init == "imagenet",)
        if config.init == "auto" and config.alpha in imagenet.ALPHAS:
            warm = (True,) if self.is_cached(config.network(len(source.classes))) else (True, False)
        key = (config.training, self.train_photos(source), warm)
        if key not in self.works:
            self.works[key] = work(*key)
        return self.works[key]

    def train_photos(self, source: Source) -> int:
        """How many photos train."""
        if source.fingerprint not in self.photos:
            self.photos[source.fingerprint] = train_photos(source)
        return self.photos[source.fingerprint]

    def is_cached(self, network: Network) -> bool:
        """Whether the ImageNet weights of a network lie on this machine."""
        key = (network.alpha, network.resolution)
        if key not in self.cached:
            self.cached[key] = imagenet.cached(network) is not None
        return self.cached[key]


def once(known: dict[Key, Value | BuilderError], key: Key, find: Callable[[], Value]) -> Value:
    """What was found before, or is found now; an error is raised again in the same words."""
    if key not in known:
        try:
            known[key] = find()
        except BuilderError as error:
            known[key] = error
    found = known[key]
    if isinstance(found, BuilderError):
        raise type(found)(str(found))
    return found


def work(training: Training, photos: int, warm: tuple[bool, ...]) -> Work:
    """The steps of a training that starts from trained weights, from none, or from what is found then."""
    recipes = [recipe(training, photos, warm=each) for each in warm]
    longest = max(recipes, key=lambda each: each.steps)
    least = min(min(each.steps, (each.patience + 1) * each.steps_per_epoch) for each in recipes)  # it may stop early
    return Work(longest.epochs, longest.steps, least, longest.batch_size)


def train_photos(source: Source) -> int:
    """How many photos train, as a rule: which ones do depends on their pixels, which nobody has seen yet."""
    pool = sum(item.given in ("", "train") for item in source.items)
    split_off = sum(name not in source.given for name in ("validation", "test"))
    return max(1, ceil(pool * (1 - SHARE * split_off)))
