"""The settings refuse what no technique can do, and say so."""

from __future__ import annotations

import pytest

from builder.compress.settings import Compression
from builder.errors import ConfigError


def test_defaults() -> None:
    assert Compression().model_dump() == {
        "sparsity": 0.5,
        "clusters": 16,
        "epochs": None,
        "batch_size": 32,
        "learning_rate": None,
    }


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sparsity": 1.0}, "sparsity = 1.0: input should be less than 1"),
        ({"sparsity": float("nan")}, "sparsity = nan"),
        ({"clusters": 1}, "clusters = 1: input should be greater than or equal to 2"),
        ({"clusters": 257}, "clusters = 257"),
        ({"epochs": 0}, "epochs = 0"),
        ({"sparcity": 0.5}, 'unknown setting "sparcity". Did you mean "sparsity"?'),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(values: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Compression(**values)
    assert message in str(caught.value)
