"""A short network trained on stripes, and every technique applied to it once for all tests of this room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from builder.architecture import Network
from builder.compress.settings import Compression
from builder.compress.techniques import TECHNIQUES
from builder.config import Training
from builder.events import silent
from tests.train.stripes import Stripes, short_table, stripes

if TYPE_CHECKING:
    from builder.compress.tuning import Tuned

NETWORK = Network(alpha=0.5, resolution=32, classes=2)  # of which the tests take the first two blocks
COMPRESSION = Compression(clusters=8, epochs=2, batch_size=16)

Weights = list[NDArray[np.float32]]


@pytest.fixture(scope="session")
def photos() -> Stripes:
    """Two classes, easily told apart."""
    return stripes(train=96, validation=32)


@pytest.fixture(scope="package", autouse=True)
def short() -> Iterator[None]:
    """Three convolutions in place of fifteen: traced in a fifth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        for room in ("twin", "selection"):
            patch.setattr(f"builder.compress.{room}.layers", lambda _: short_table())
        yield


@pytest.fixture(scope="session")
def trained(photos: Stripes, tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """What a build leaves."""
    import tf_keras

    from builder.model import build
    from builder.train import fit

    model = build(tf_keras, short_table(), seed=2)
    folder = tmp_path_factory.mktemp("trained")
    fit(tf_keras, model, photos, Training(epochs=8, batch_size=8), augmenter=None, seed=0, folder=folder)
    return list(model.get_weights())


class Workshop:
    """Tunes on demand; a technique that was asked for before is not tuned again."""

    def __init__(self, trained: Weights, photos: Stripes, folder: Path) -> None:
        self.trained, self.photos, self.folder = trained, photos, folder
        self.done: dict[str, Tuned] = {}

    def __call__(self, name: str) -> Tuned:
        if name not in self.done:
            self.done[name] = self.tune(name, self.folder / name)
        return self.done[name]

    def start(self, name: str) -> Weights:
        """The weights that a technique starts from."""
        after = TECHNIQUES[name].after
        return self.trained if after is None else self(after).weights

    def tune(self, name: str, folder: Path, emit: Any = silent, compression: Compression = COMPRESSION) -> Tuned:
        """Tunes anew, or goes on where the folder's checkpoint ends."""
        from builder.compress.tuning import tune

        return tune(
            TECHNIQUES[name],
            NETWORK,
            self.start(name),
            self.photos,
            compression,
            augmenter=None,
            seed=3,
            folder=folder,
            emit=emit,
        )


@pytest.fixture(scope="session")
def tuned(trained: Weights, photos: Stripes, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """`tuned(name)` is a technique's outcome."""
    return Workshop(trained, photos, tmp_path_factory.mktemp("tuned"))


@pytest.fixture(scope="session")
def int8(tuned: Workshop) -> Callable[[str], bytes]:
    """`int8(name)` is the file for phones of a technique, as a build would make it."""
    files: dict[str, bytes] = {}

    def made(name: str) -> bytes:
        if name not in files:
            files[name] = file_of(tuned(name), tuned.photos)
        return files[name]

    return made


def file_of(outcome: Tuned, photos: Stripes) -> bytes:
    """Ranges from inside where they are, else from photos."""
    from builder.compress.integer import quantized_files
    from builder.export.convert import conversions

    if outcome.quantized:
        return dict(quantized_files(outcome.model))["int8"]
    return dict(conversions(outcome.model, ["int8"], photos.train.images))["int8"]
