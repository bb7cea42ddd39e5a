"""The nearest change of each dial alone that makes a variant fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Dial = Literal["alpha", "rho", "precision", "grayscale", "classes", "together", "device"]


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way to make it fit, all else left as it is.

    Args:
        dial: what to change; `together` changes alpha, resolution and precision at once, where no dial alone is enough.
        before: the dial's value now: alpha, resolution in px for `rho`, variant, channels, classes, or the device's name.
        after: the value that fits.
        text: a sentence, with what it costs.
    """

    dial: Dial
    before: float | int | str
    after: float | int | str
    text: str

    def to_json(self) -> dict[str, Any]:
        """Plain values; the key `from` is a word of Python's."""
        return {"dial": self.dial, "from": self.before, "to": self.after, "text": self.text}
