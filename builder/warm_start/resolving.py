"""From the setting `init` to weights: which file, and whether it fits the network. Nothing is trained or built here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from builder.architecture import Network
from builder.errors import ModelFileError
from builder.events import Emit, silent
from builder.warm_start import imagenet
from builder.warm_start.child import FORMATS, read_apart
from builder.warm_start.trained import Trained, check

Kind = Literal["scratch", "imagenet", "file"]

LABELS_FILE = "labels.txt"
LABELS_BYTES_MAX = 16 * 1024**2


@dataclass(frozen=True, slots=True)
class WarmStart:
    """Where training starts from.

    Args:
        kind: scratch, imagenet or file.
        path: the file, None for scratch.
        why: a sentence for the user.
        sha256: of the file's contents, hex; empty for scratch.
        trained: the weights in it.
    """

    kind: Kind
    path: Path | None
    why: str
    sha256: str = ""
    trained: Trained | None = field(default=None, repr=False, compare=False)

    @property
    def warm(self) -> bool:
        """Whether there are trained weights."""
        return self.trained is not None


def resolve(init: str, network: Network, *, emit: Emit = silent) -> WarmStart:
    """Finds, reads and checks what `init` names.

    Args:
        init: auto, scratch, imagenet, or the path of a .keras, .weights.h5, .h5 or float .tflite file. `auto` takes ImageNet
            weights where they exist for the alpha and can be had within seconds, else none.
        network: what will be trained; resolution, channels and classes of a file may differ from it.
        emit: told when something is fetched.

    Raises:
        ModelFileError: the file is missing, damaged, or of another network; or ImageNet weights cannot be had.
    """
    if init == "scratch":
        return WarmStart("scratch", None, "Training starts from scratch, as asked.")
    if init == "imagenet":
        return opened(imagenet.find(network, emit), network, "imagenet", "Training starts from ImageNet weights, as asked")
    if init == "auto":
        return best_at_hand(network, emit)
    path = Path(init).expanduser()
    if not path.exists():
        known = f"auto, scratch, imagenet, or a file ({', '.join(FORMATS)})"
        raise ModelFileError(f"There is no model file {init}. init may be {known}.")
    if not path.is_file():
        raise ModelFileError(f"{init} is a folder or no plain file. Give a file to start from: {', '.join(FORMATS)}.")
    return opened(path, network, "file", "Training starts from the weights of the file given")


def best_at_hand(network: Network, emit: Emit) -> WarmStart:
    """ImageNet weights, else scratch with the reason."""
    try:
        path = imagenet.find(network, emit)
        return opened(path, network, "imagenet", "Training starts from ImageNet weights, the best at hand")
    except ModelFileError as error:
        reason = str(error)
        reason = f"the {reason[4:]}" if reason.startswith("The ") else reason
        return WarmStart("scratch", None, f"Training starts from scratch: {reason}")


def opened(path: Path, network: Network, kind: Kind, why: str) -> WarmStart:
    """Reads a file and checks it against the network."""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read ({error.strerror}). Give a file that you may read.") from None
    trained = read_apart(path)
    check(trained, network, path.name)
    if not trained.labels:
        trained = Trained(trained.arrays, labels_beside(path), trained.notes)
    return WarmStart(kind, path, f"{why} ({path.name}).", digest, trained)


def labels_beside(path: Path) -> tuple[str, ...]:
    """The class names in a build's folder; a Keras file itself names none."""
    from builder.export.labels import from_text

    file = path.with_name(LABELS_FILE)
    try:
        return from_text(file.read_text(encoding="utf-8")) if file.stat().st_size <= LABELS_BYTES_MAX else ()
    except (OSError, UnicodeDecodeError):
        return ()
