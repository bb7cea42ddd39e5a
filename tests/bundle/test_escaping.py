"""Names never become more than names."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.bundle.escaping import c_string, code, comment
from tests.bundle import compiler
from tests.bundle.builds import HOSTILE


def test_c_strings_give_the_names_back(tmp_path: Path) -> None:
    compiler.needed()
    strings = ",\n".join(c_string(name) for name in HOSTILE)
    program = (
        f"#include <stdio.h>\nint main() {{ const char* names[] = {{{strings}}}; for (const char* name : names) puts(name); }}\n"
    )
    (tmp_path / "main.cc").write_text(program)
    assert compiler.printed(tmp_path, "main.cc", "-trigraphs") == "".join(name + "\n" for name in HOSTILE).encode()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_comment_ends_where_its_line_ends(name: str) -> None:
    text = comment(name)
    assert len(text.splitlines()) == 1
    assert not set(text) & {"\\", "?", "\u202e", "\x1b"}
    assert "*/" not in text
    assert "/*" not in text
    assert len(text) <= 90


def test_a_comment_about_nothing_says_so() -> None:
    assert comment("\n") == "(no name)"


def test_nothing_leaves_a_code_span() -> None:
    assert code("3f9a`](x) <b>") == "3f9ax b"
