"""A .tflite as a C array, for firmware that has no files; and the bytes of one read back from its text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

ROW = 16  # bytes on a line
ALIGNMENT = 16  # bytes: TFLite Micro reads int32 and float32 values where they lie, and optimised kernels load 16 bytes at once
ARRAY, LENGTH = "g_model_data", "g_model_data_length"
ROWS_AT_ONCE = 4096

BEGIN = re.compile(rf"^alignas\({ALIGNMENT}\) const unsigned char {ARRAY}\[\] = \{{$")
ROW_OF_BYTES = re.compile(r"^    (?:0x[0-9a-f]{2},)+$")
LENGTH_LINE = re.compile(rf"^const unsigned int {LENGTH} = (\d+);$")

HEX = [f"0x{byte:02x}," for byte in range(256)]


def header(source: str) -> str:
    """model_data.h; `source` names the file that the bytes are of, on one harmless line."""
    return f"""// {source} as bytes, in flash.

#ifndef MODEL_DATA_H_
#define MODEL_DATA_H_

extern const unsigned char {ARRAY}[];
extern const unsigned int {LENGTH};

#endif  // MODEL_DATA_H_
"""


def source_blocks(source: str, content: Callable[[], bytes]) -> Iterator[bytes]:
    """model_data.cc in blocks: its text has five times the bytes of the model."""
    data = content()
    yield (
        f'// {source} as bytes: {len(data)} of them.\n\n#include "model_data.h"\n\n'
        f"alignas({ALIGNMENT}) const unsigned char {ARRAY}[] = {{\n"
    ).encode()
    for start in range(0, len(data), ROW * ROWS_AT_ONCE):
        yield "".join(rows(data[start : start + ROW * ROWS_AT_ONCE])).encode()
    yield f"}};\n\nconst unsigned int {LENGTH} = {len(data)};\n".encode()


def rows(data: bytes) -> Iterator[str]:
    """Lines of the array."""
    for start in range(0, len(data), ROW):
        yield "    " + "".join(HEX[byte] for byte in data[start : start + ROW]) + "\n"


def read_back(lines: Iterable[str]) -> bytes:
    """The bytes of the array in a model_data.cc.

    Raises:
        ValueError: it is none, or its length is not what it says.
    """
    content, inside, length = bytearray(), False, None
    for line in lines:
        line = line.rstrip("\n")
        if not inside and BEGIN.match(line):
            inside = True
        elif inside and ROW_OF_BYTES.match(line):
            content += bytes(int(item, 16) for item in line.split(",")[:-1])
        elif inside and line == "};":
            inside = False
        elif inside:
            raise ValueError(f"a line of the array is {line[:40]!r}")
        elif found := LENGTH_LINE.match(line):
            length = int(found.group(1))
    if length != len(content):
        raise ValueError(f"its array has {len(content):,} bytes and its length is {length}")
    return bytes(content)
