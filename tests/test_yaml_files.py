"""YAML files of settings, hostile ones among them."""

from __future__ import annotations

import contextlib
import math
import time
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
        ("[" * 20_000 + "]" * 20_000, "nested too deep"),
        ("- " * 20_000, "nested too deep"),
        ("? " * 20_000, "nested too deep"),
        ("a: " + "9" * 5000, "not valid YAML"),
        ("a: !!int ''", "tags such as !!int are not read"),
        ("a: !!float 1:1", "tags such as !!float are not read"),
        ("a: !!timestamp x", "tags such as !!timestamp are not read"),
        ("a: !!python/object:os.system x", "tags such as !!python/object:os.system are not read"),
        ("? [1]\n: 2", "a key is one word"),
    ],
)
def test_what_is_no_settings_is_refused_with_the_file_named(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"^it\.yaml") as caught:
        read(text)
    assert said in str(caught.value)


def test_what_other_yaml_takes_for_dates_and_numbers_to_base_60_are_words() -> None:
    words = ["2020-01-01", "2020-99-99", "1:30", "1:30.5", ":".join(["1"] * 400) + ":1.5", "2020-01-01 10:00:00", "="]
    assert read(f"a: [{', '.join(words)}]") == {"a": words}


def test_numbers_are_read_as_they_always_were() -> None:
    text = "a: [7, -7, +7, 1_000, 010, 0x1F, 0b11, 0, 0.5, .5, 5., 1.0e-3, 1_0.5, -.inf, true, no, null, ~]"
    values = [7, -7, 7, 1000, 0o10, 31, 3, 0, 0.5, 0.5, 5.0, 0.001, 10.5, -math.inf, True, False, None, None]
    assert read(text) == {"a": values}
    assert list(map(type, read(text)["a"])) == list(map(type, values))  # type: ignore[call-overload]


def test_a_key_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="alpha is there twice"):
        read("alpha: 0.25\nalpha: 0.5\n")


def test_keys_are_the_words_that_are_written() -> None:
    assert read("1: a\nyes: {2020-01-01: b, !!str c: d}") == {"1": "a", "yes": {"2020-01-01": "b", "c": "d"}}


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "1" + ":1" * 131_000,  # seconds, were it a number to base 60
        "a: [" + "1:1," * 65_000 + "]",
        "[" * 262_000,  # minutes, were all of it looked at
        "".join(f"{number * (2**61 - 1)}: 1\n" for number in range(11_000)),  # numbers that all have one hash
    ],
)
def test_hostile_files_of_256_kib_are_read_or_refused_quickly(text: str) -> None:
    began = time.process_time()
    with contextlib.suppress(ConfigError):
        read(text, values=1_000_000)
    assert time.process_time() - began < 3


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
