"""Which names a class may have that is made in the app: it becomes a folder and a line in the model's label list."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from builder.data.layout import JUNK, SPLIT_NAMES
from builder.errors import ConfigError

LENGTH_MAX = 80  # characters
BYTES_MAX = 200  # in UTF-8; file systems take 255


def checked_class(name: str, others: Iterable[str]) -> str:
    """A class name as it is kept: composed Unicode, no blanks around it.

    Args:
        name: as somebody wrote it.
        others: the classes that there are already.

    Raises:
        ConfigError: a name that cannot be a folder's, or that is taken.
    """
    whole = unicodedata.normalize("NFC", name.strip())
    shown = repr(whole if len(whole) <= LENGTH_MAX else whole[: LENGTH_MAX - 3] + "...")
    if not whole:
        raise ConfigError("A class needs a name: write what is on its photos, such as oak.")
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in whole):
        raise ConfigError(f"The class name {shown} has a line break or another control character in it. Leave it out.")
    if "/" in whole or "\\" in whole:
        raise ConfigError(f"The class name {shown} has a slash in it, which no folder's name may have. Write it without.")
    if whole.startswith("."):
        raise ConfigError(f"The class name {shown} starts with a dot, which hides a folder. Write it without.")
    if len(whole) > LENGTH_MAX or len(whole.encode()) > BYTES_MAX:
        raise ConfigError(f"The class name {shown} is too long: at most {LENGTH_MAX} characters ({BYTES_MAX} bytes). Shorten it.")
    if whole.casefold() in JUNK or whole.casefold() in SPLIT_NAMES:
        raise ConfigError(
            f"The class name {shown} has a meaning of its own for a folder. Choose another, such as {shown[1:-1]} photo."
        )
    if any(whole.casefold() == other.casefold() for other in others):
        raise ConfigError(f"There is a class {shown} already. Choose another name.")
    return whole
