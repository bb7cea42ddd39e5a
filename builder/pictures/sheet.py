"""A sheet of charts and text, laid out from the top down, as one SVG and so as one PNG, without a browser."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from html import escape

from builder.pictures.charts import Picture
from builder.report.charts import GRID, INK, MUTED

PAPER = "#ffffff"
SCALE = 2  # pixels of the file for each one of the drawing: sharp on dense screens
MARGIN, GAP = 28, 34  # px
TITLE, HEADING, TEXT = 24, 15, 13  # px, sizes of text
LINE = 21  # px from one line of text to the next
CHARACTERS = 130  # in a line of text
TABLE_WIDTH = 900  # px
LETTER = 0.5  # average width of a letter, of its size
SVG_SIZE = re.compile(r'<svg[^>]* width="([\d.]+)" height="([\d.]+)"')


class Sheet:
    """What has been laid out so far; `png` ends it."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.bottom = float(MARGIN)
        self.right = 0.0

    def title(self, text: str, lines: Sequence[str]) -> None:
        """The title of the sheet, and lines below it."""
        self.bottom += TITLE
        self.write(text, MARGIN, size=TITLE, bold=True)
        for line in lines:
            self.bottom += LINE
            self.write(line, MARGIN, color=MUTED)
        self.bottom += GAP

    def row(self, pictures: Sequence[Picture]) -> None:
        """Charts side by side, each below its title, their plots at one height."""
        top, left = self.bottom, float(MARGIN)
        above = max(picture.above for picture in pictures)
        tallest = 0.0
        for picture in pictures:
            svg = picture.svg().svg
            width, height = size_of(svg)
            self.bottom = top + HEADING
            self.write(picture.title, left, size=HEADING, bold=True)
            down = top + HEADING + 12 + above - picture.above
            self.parts.append(svg.replace("<svg", f'<svg x="{left:g}" y="{down:g}"', 1))
            tallest = max(tallest, down + height - top)
            left += width + GAP
        self.right = max(self.right, left - GAP)
        self.bottom = top + tallest + GAP

    def text(self, heading: str, lines: Sequence[str]) -> None:
        """Lines of text, long ones broken."""
        self.heading(heading)
        for line in lines:
            for part in textwrap.wrap(line, CHARACTERS):
                self.bottom += LINE
                self.write(part, MARGIN)
        self.bottom += GAP

    def table(self, heading: str, columns: Mapping[str, int], rows: Sequence[Sequence[str]], width: float = TABLE_WIDTH) -> None:
        """Rows below the names of columns, which begin at so many px; lines of so many px between them."""
        self.heading(heading)
        for number, row in enumerate([list(columns), *rows]):
            self.bottom += LINE
            for text, place in zip(row, columns.values(), strict=True):
                self.write(text, MARGIN + place, color=INK if number else MUTED)
            self.parts.append(
                f'<line x1="{MARGIN}" y1="{self.bottom + 6:g}" x2="{MARGIN + width:g}" y2="{self.bottom + 6:g}" stroke="{GRID}"/>'
            )
        self.right = max(self.right, MARGIN + width)
        self.bottom += GAP / 2

    def heading(self, text: str) -> None:
        """The title of a part."""
        if text:
            self.bottom += HEADING
            self.write(text, MARGIN, size=HEADING, bold=True)
            self.bottom += 4

    def write(self, text: str, left: float, *, size: int = TEXT, color: str = INK, bold: bool = False) -> None:
        """One line, standing on `bottom`."""
        weight = ' font-weight="bold"' if bold else ""
        self.parts.append(
            f'<text x="{left:g}" y="{self.bottom:g}" font-family="sans-serif" font-size="{size}" fill="{color}"{weight}>'
            f"{escape(text)}</text>"
        )
        self.right = max(self.right, left + len(text) * size * LETTER)

    def svg(self) -> str:
        """The whole sheet."""
        width, height = round(self.right + MARGIN), round(self.bottom - GAP / 2 + MARGIN)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" height="{height}">'
            f'<rect width="100%" height="100%" fill="{PAPER}"/>{"".join(self.parts)}</svg>'
        )

    def png(self) -> bytes:
        """The bytes of a PNG file."""
        import vl_convert

        made: bytes = vl_convert.svg_to_png(self.svg(), scale=SCALE)
        return made


def size_of(svg: str) -> tuple[float, float]:
    """Width and height that a drawing gives itself, in px."""
    found = SVG_SIZE.search(svg)
    if found is None:
        raise ValueError("The drawing names no size.")
    return float(found[1]), float(found[2])
