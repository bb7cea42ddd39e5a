"""What of an address may be shown."""

from __future__ import annotations

import pytest

from builder.addresses import is_masked, shown


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("https://me:secret@host:5000/a", "https://me:***@host:5000/a"),
        ("postgresql://me:se@cret@host/a", "postgresql://me:***@host/a"),
        ("postgresql://me:se/cret@host/a", "postgresql://me:***@host/a"),
        ("s3://bucket/builds?key=AKIA&secret=abc/d", "s3://bucket/builds?key=***&secret=***"),
        ("https://account/container?sv=2024&sig=ab%2Fc", "https://account/container?sv=2024&sig=***"),
        (
            "no answer at http://me:one@host/a, nor at http://me:two@host/a",
            "no answer at http://me:***@host/a, nor at http://me:***@host/a",
        ),
    ],
)
def test_a_secret_is_never_shown(given: str, said: str) -> None:
    assert shown(given) == said
    assert is_masked(said)


@pytest.mark.parametrize(
    "address", ["http://host:5000", "http://host:5000/a@b", "sqlite:///mlflow.db", "/shared/a***b", "sftp://me@host/a"]
)
def test_an_address_without_a_secret_stays_as_it_is(address: str) -> None:
    assert shown(address) == address


def test_what_was_not_masked_is_not_taken_for_it() -> None:
    assert not is_masked("https://me:secret@host")
    assert not is_masked("http://host:5000")
