"""What is kept of photos under their name: damage and odd names are no knowledge, and its room is bounded."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.data import known
from builder.data.known import Known, known_of, remember
from builder.places import cache_dir

pytestmark = pytest.mark.usefixtures("own_cache")

CATS = Known(("cat", "d\udcffg"), 12, "ab")


def test_what_was_kept_is_found_by_the_same_name_only() -> None:
    remember("/photos/cats", CATS)
    assert known_of("/photos/cats") == CATS
    assert known_of("/photos/dogs") is None


def test_a_relative_name_is_another_place_in_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    remember("cats", CATS)
    assert known_of(str(tmp_path / "cats")) == CATS
    monkeypatch.chdir("/")
    assert known_of("cats") is None


@pytest.mark.parametrize("data", ["", "a\0b", "keras:nothing", "~nobody/x", "x" * 5000, "\udcff"])
def test_odd_names_are_unknown(data: str) -> None:
    assert known_of(data) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"classes": ["a"], "photos": "many", "fingerprint": ""}', "[" * 100_000])
def test_damage_is_no_knowledge(content: str) -> None:
    remember("/photos/cats", CATS)
    (file,) = (cache_dir() / "known").iterdir()
    file.write_text(content)
    assert known_of("/photos/cats") is None


def test_a_cache_that_cannot_be_used_is_no_knowledge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BUILDER_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert known_of("/photos/cats") is None


def test_only_so_many_names_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "KEPT", 3)
    for number in range(5):
        remember(f"/photos/{number}", CATS)
    assert len(list((cache_dir() / "known").iterdir())) == 3
    assert known_of("/photos/4") == CATS
