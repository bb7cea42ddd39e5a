"""The templates of a bundle's texts: code and Markdown, so nothing is escaped by itself and every name goes through a filter."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder import formats
from builder.bundle.escaping import c_string, code, comment
from builder.report.markdown import escaped

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parents[1] / "templates" / "bundle"


def render(name: str, **values: Any) -> str:
    """A template with its values."""
    text: str = environment().get_template(name).render(**values)
    return text


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Jinja with an error for every unknown name.

    Filters for what came from outside: `c` a C string, `comment` the rest of a `//` line, `md` Markdown, `code` a code
    span in it.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=False,  # this is no HTML; see the filters
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "c": c_string,
        "code": code,
        "comment": comment,
        "md": escaped,
        "bytes": formats.format_bytes,
        "count": formats.format_count,
        "percent": formats.format_percent,
        "points": formats.format_points,
        "latency": formats.format_latency,
        "real": repr,
    }
    return made
