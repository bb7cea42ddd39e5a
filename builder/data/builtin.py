"""Photo sets that come by name: scikit-learn's handwritten digits (offline), and the small sets that Keras downloads."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from builder.data.cache import write_json
from builder.data.fingerprints import store_of
from builder.data.layout import Given
from builder.data.photo import Listing, Photo
from builder.errors import DataError, MissingTool, nearest
from builder.events import Emit

KERAS_PREFIX = "keras:"
VERSION = 1
DIGITS = tuple("0123456789")
# Class names in the order of their numbers, from each set's own description: cs.toronto.edu/~kriz/cifar.html (its batches.meta and
# meta files) and github.com/zalandoresearch/fashion-mnist.
CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
CIFAR100_NAMES = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
    caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish
    forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle
    mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
    possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
    sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree
    wolf woman worm
"""
KERAS_CLASSES = {"cifar10": CIFAR10, "cifar100": tuple(CIFAR100_NAMES.split()), "mnist": DIGITS, "fashion_mnist": FASHION}
NAMES = ("digits", *(KERAS_PREFIX + name for name in KERAS_CLASSES))

Pixels = NDArray[np.uint8]
Part = tuple[Given, Pixels, NDArray[np.int64]]


@dataclass(slots=True)
class BuiltinOrigin:
    """Loads a set when its first photo is read; the key is "<given split>/<number>"."""

    load: Callable[[], list[Part]]
    parts: dict[str, Pixels] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, key: str) -> Pixels:
        """One image, uint8 (H, W) or (H, W, 3)."""
        with self.lock:
            if not self.parts:
                self.parts = {given: images for given, images, _ in self.load()}
        given, number = key.split("/")
        pixels: Pixels = self.parts[given][int(number)]
        return pixels


def list_builtin(data: str, emit: Emit) -> Listing:
    """Lists a built-in set. Its hashes are remembered, so that a second look does not even load it.

    Raises:
        DataError: an unknown name, or a download that failed.
    """
    name = data.removeprefix(KERAS_PREFIX)
    if data not in NAMES:
        raise DataError(f"There is no built-in set {data!r}.{nearest(data, NAMES)} Known: {', '.join(NAMES)}.")
    classes = DIGITS if data == "digits" else KERAS_CLASSES[name]
    origin = BuiltinOrigin(load_digits if data == "digits" else lambda: load_keras(name, emit))
    store = store_of("builtin", f"{VERSION} {data} {provider_version(data)}".encode())
    rows = remembered(store.read_bytes() if store.is_file() else b"", len(classes))
    if rows is None:
        rows = [
            (given, int(label), hashlib.sha256(repr(image.shape).encode() + image.tobytes()).hexdigest())
            for given, images, labels in origin.load()
            for image, label in zip(images, labels, strict=True)
        ]
        write_json(store, rows)
    counts: dict[str, int] = {}
    items = []
    for given, label, digest in rows:
        number = counts[given] = counts.get(given, -1) + 1
        items.append(Photo(f"{given or name}/{number:05d}", classes[label], given, digest, origin, f"{given}/{number}"))
    return Listing(classes, tuple(items))


def remembered(content: bytes, classes: int) -> list[tuple[Given, int, str]] | None:
    """The rows written last time, or `None` when they cannot be used."""
    try:
        rows = [(given, int(label), str(digest)) for given, label, digest in json.loads(content)]
    except (ValueError, TypeError):
        return None
    fine = rows and all(given in ("", "train", "test") and 0 <= label < classes for given, label, _ in rows)
    return rows if fine else None


def provider_version(data: str) -> str:
    """The version of the package that has the set."""
    package = "scikit-learn" if data == "digits" else "keras"
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        raise MissingTool(f"{data} comes with {package}, which is not installed: pip install {package}.") from None


def load_digits() -> list[Part]:
    """1,797 handwritten digits, 8 x 8 pixels of 0..16, scaled to 0..255."""
    from sklearn.datasets import load_digits as load

    bunch = load()
    images: Pixels = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    return [("", images, bunch.target.astype(np.int64))]


def load_keras(name: str, emit: Emit) -> list[Part]:
    """A set of keras.datasets, downloaded the first time into Keras's own folder."""
    import keras

    emit("note", message=f"Loading {KERAS_PREFIX}{name}; the first time Keras downloads it.")
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras draws a progress bar; standard output belongs to results
            (train, train_labels), (test, test_labels) = getattr(keras.datasets, name).load_data()
    except Exception as error:  # urllib, tarfile, pickle and Keras's own hash check all raise differently
        raise DataError(
            f"{KERAS_PREFIX}{name} could not be downloaded ({' '.join(str(error).split())[:200]}). Connect to a network and run "
            "again, or use photos of your own (a folder with one sub-folder a class) or `digits`, which needs no network."
        ) from None
    return [
        ("train", np.asarray(train, np.uint8), np.asarray(train_labels, np.int64).ravel()),
        ("test", np.asarray(test, np.uint8), np.asarray(test_labels, np.int64).ravel()),
    ]
