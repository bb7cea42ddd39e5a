"""YAML files of settings, hostile ones among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.errors import ConfigError
from builder.yaml_files import FILE_BYTES_MAX, count, mapping_of, text_of


def read(text: str, *, values: int = 100) -> dict[str, object]:
    return mapping_of(text, "it.yaml", depth=3, values=values, example="alpha: 0.25")


def test_an_empty_text_is_an_empty_mapping() -> None:
    assert read("# nothing\n") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- 1", "must be a mapping such as `alpha: 0.25`, not a list"),
        ("alpha: [", "not valid YAML"),
        ("a: &a [x]\nb: {<<: *a}", "merge keys"),
        ("a: &a [1, *a]", "a is nested too deep"),
        ("a: " + "9" * 30, "too many digits"),
        ("a: [" + "1, " * 200 + "1]", "too many values"),
        ("[" * 5000, "nested too deep"),
    ],
)
def test_what_is_no_settings_is_refused_with_the_file_named(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"^it\.yaml") as caught:
        read(text)
    assert said in str(caught.value)


def test_aliases_count_as_often_as_they_are_used() -> None:
    text = "a: &a [1, 1, 1]\nb: &b [*a, *a, *a]\n"
    assert read(text, values=1 + 3 * (1 + 3))  # the outer list, and three lists of three
    with pytest.raises(ConfigError, match="b is nested too deep"):
        read(text, values=3 * (1 + 3))


def test_a_flood_of_aliases_is_refused_at_once() -> None:
    bomb = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 50)}]\n" for n in range(1, 10))
    with pytest.raises(ConfigError):
        mapping_of(bomb, "it.yaml", depth=50, values=10_000, example="")


def test_counting_stops_where_it_is_too_much() -> None:
    assert count([1, 2, [3]], depth=3, most=10) == 1 + 2 + (1 + 1)
    assert count([[[1]]], depth=1, most=10) > 10


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "large.yaml").write_bytes(b"#" * (FILE_BYTES_MAX + 1))
    for name, said in (("bytes.yaml", "no UTF-8"), ("large.yaml", "more than 1,048,576 bytes"), ("absent.yaml", "cannot be read")):
        with pytest.raises(ConfigError, match=said):
            text_of(tmp_path / name)


def test_a_name_that_no_file_can_have_is_refused() -> None:
    for name in ("a\0b", "x" * 5000, "\ud800"):
        with pytest.raises(ConfigError, match="cannot be read"):
            text_of(Path(name))
