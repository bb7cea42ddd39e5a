"""How much to compress, and how long to tune."""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationError

from builder.config import Settings, explain
from builder.errors import ConfigError


class Compression(Settings):
    """The settings of every technique. `None` means: derived from the number of photos and from the technique.

    Raises:
        ConfigError: an unknown key, a wrong type, or a value out of range.

    Example:
        >>> Compression(sparsity=0.6).clusters
        16
    """

    sparsity: float = Field(
        default=0.5, ge=0, lt=1, description="share of zeros that pruning makes in each kernel; 2 of 4 is always 0.5"
    )
    clusters: int = Field(default=16, ge=2, le=256, description="distinct values that clustering leaves in each kernel")
    epochs: int | None = Field(default=None, ge=1, le=10_000, description="passes over the training photos, each technique")
    batch_size: int = Field(default=32, ge=1, le=8192, description="photos a step; halved when memory runs out")
    learning_rate: float | None = Field(default=None, gt=0, le=10, description="peak learning rate of each technique")

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError(explain(error, type(self))) from None
