"""The C array: its bytes come back from its text, and from a program that g++ made of it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from builder.bundle import c_source
from tests.bundle import compiler

DUMP = """
#include <stdint.h>
#include <stdio.h>
#include "model_data.h"
int main() {
  if (reinterpret_cast<uintptr_t>(g_model_data) % 16 != 0) return 1;
  return fwrite(g_model_data, 1, g_model_data_length, stdout) != g_model_data_length;
}
"""


def text_of(content: bytes) -> str:
    """model_data.cc."""
    return b"".join(c_source.source_blocks("some.tflite", lambda: content)).decode()


@pytest.mark.parametrize("size", [1, 15, 16, 17, 200_001])
def test_the_bytes_come_back_from_the_text(size: int) -> None:
    content = random.Random(0).randbytes(size)
    assert c_source.read_back(text_of(content).splitlines(keepends=True)) == content


def test_a_cut_array_is_noticed() -> None:
    lines = text_of(bytes(100)).splitlines()
    with pytest.raises(ValueError, match="its array has 84 bytes and its length is 100"):
        c_source.read_back(lines[:5] + lines[6:])


def test_something_else_in_the_array_is_noticed() -> None:
    with pytest.raises(ValueError, match="a line of the array"):
        c_source.read_back(text_of(bytes(100)).replace("0x00,", "0x0g,", 1).splitlines())


def test_a_program_holds_the_very_bytes_aligned(tmp_path: Path) -> None:
    compiler.needed()
    content = random.Random(1).randbytes(5_003)
    (tmp_path / "model_data.h").write_text(c_source.header("some.tflite"))
    (tmp_path / "model_data.cc").write_text(text_of(content))
    (tmp_path / "main.cc").write_text(DUMP)
    assert compiler.printed(tmp_path, "main.cc", "model_data.cc") == content
