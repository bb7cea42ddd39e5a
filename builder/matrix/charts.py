"""Accuracy over bytes: every technique with its 95 % interval and its name, the network, the gate's limits, the chosen file.

What matters is told by shape and by words, colour only repeats it: filled passed the gate and hollow did not, a circle was rounded
and a square was tuned, a ring is around the chosen one. The axes hold plain px, so that names find places that stay free.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from builder.formats import counted, format_bytes, format_percent, printable
from builder.listing import pareto
from builder.matrix import findings
from builder.matrix.model import Matrix, Row
from builder.matrix.placing import Box, Place, place
from builder.pictures.charts import Picture
from builder.pictures.drawing import LABEL_SIZE, marks
from builder.report.charts import ACCENT, INK, MUTED, ON_FILL, PERCENT_LABELS, SECOND
from builder.report.findings import interval95

Axis = Literal["flash_bytes", "gzip_bytes"]
AXES: tuple[Axis, ...] = ("flash_bytes", "gzip_bytes")
TITLES = {"flash_bytes": "Accuracy over the size on the device", "gzip_bytes": "Accuracy over the size of the download"}
AXIS_TITLES = {"flash_bytes": "file, KiB", "gzip_bytes": "compressed by gzip, KiB"}

WIDTH, HEIGHT = 400, 360  # px of the plot
NAMES_THAT_FIT = 12  # each name more makes the plot higher
NAME_HEIGHT = 15  # px
CHARACTER_WIDTH = 6.9  # px, of the widest font that a page may get
BOLDER = 1.1  # times as wide
NAME_LENGTH_MAX = 26
LEADER_MIN = 13  # px; nearer names need no line, unless another dot is as near
RING = 11  # px from the chosen dot's middle
MARGIN, LEFT_MARGIN = 0.09, 0.22  # of the axes' length; on the left for names, since most files lie there
LIMIT_NEAR = 1.6  # a limit further outside of the files than this factor is told in words alone
STEPS, MORE_STEPS = (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7)
TICKS_MIN = 3
KIB = 1024

LEGEND = (
    "Filled: passes the gate; hollow: does not, or was not judged. Circle: numbers were rounded; square: weights were tuned. "
    "The ring is around the chosen file. Bars: 95 % intervals. Steps: no other file is both smaller and more accurate."
)
LINES = (
    "Lines: the network, and what the gate allows. It judged validation photos and the picture shows test photos, so a file near "
    "its line may be on the other side."
)


@dataclass(frozen=True, slots=True)
class Dot:
    """A technique on the picture."""

    row: Row
    name: str
    size: int
    accuracy: float
    low: float
    high: float
    passed: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Scales:
    """Where bytes and shares are, in px from the upper left."""

    sizes: tuple[float, float]
    shares: tuple[float, float]
    width: int
    height: int

    def x(self, size: float) -> float:
        """Across, for bytes, on a logarithmic axis."""
        low, high = self.sizes
        return self.width * math.log(size / low) / math.log(high / low)

    def y(self, share: float) -> float:
        """Down, for a share."""
        low, high = self.shares
        return self.height * (high - share) / (high - low)

    def size(self, x: float) -> float:
        """The bytes at a place."""
        low, high = self.sizes
        return low * math.exp(x / self.width * math.log(high / low))

    def share(self, y: float) -> float:
        """The share at a place."""
        low, high = self.shares
        return high - y / self.height * (high - low)

    def at(self, x: float, y: float) -> dict[str, float]:
        """A place as the chart's axes count."""
        return {"kib": self.size(x) / KIB, "share": self.share(y)}


@dataclass(frozen=True, slots=True)
class Lines:
    """What is drawn behind the dots: the network, the gate's limits, and the words on them."""

    network: float | None
    gate: float | None
    limit: int | None
    words: tuple[tuple[str, Box, str], ...] = field(default=())  # text, place, colour


def matrix_picture(matrix: Matrix, axis: Axis = "flash_bytes", *, width: int = WIDTH, height: int = HEIGHT) -> Picture | None:
    """The matrix as a picture: `Picture.drawing` for Altair and Streamlit, `Picture.svg()` for a page, `Picture.alt` in words.

    Args:
        matrix: what to draw.
        axis: bytes on the device, or as a download.
        width: px of the plot; names find their places for it.
        height: px, at least; many names need more.

    Returns:
        The picture; None where no file's accuracy was measured.
    """
    dots = dots_of(matrix, axis)
    if not dots:
        return None
    height += NAME_HEIGHT * max(0, len(dots) - NAMES_THAT_FIT)
    limit = matrix.gate.max_flash_bytes if axis == "flash_bytes" else matrix.gate.max_gzip_bytes
    network = matrix.network.accuracy if matrix.network.test_photos else None
    scales = scales_of(dots, network, limit, width, height)
    lines = lines_of(matrix, network, limit, scales)
    return Picture(TITLES[axis], draw(dots, lines, scales, axis), words(matrix, dots, axis))


def dots_of(matrix: Matrix, axis: Axis) -> list[Dot]:
    """The techniques whose accuracy was measured."""
    dots = []
    for row in matrix.rows:
        file = row.first
        if file is None or row.accuracy is None or getattr(file, axis) <= 0:
            continue
        low, high = interval95(row.accuracy, matrix.network.test_photos) or (row.accuracy, row.accuracy)
        name = printable(row.technique, NAME_LENGTH_MAX) or "(no name)"
        passed = findings.state(row) == "passed"
        dots.append(Dot(row, name, getattr(file, axis), row.accuracy, low, high, passed, row.technique == matrix.chosen))
    return dots


def scales_of(dots: Sequence[Dot], network: float | None, limit: int | None, width: int, height: int) -> Scales:
    """Axes that hold every dot, and with room for their names."""
    sizes = [float(dot.size) for dot in dots]
    if limit is not None and min(sizes) / LIMIT_NEAR < limit < max(sizes) * LIMIT_NEAR:
        sizes.append(limit)
    shares = [share for dot in dots for share in (dot.low, dot.high)] + ([] if network is None else [network])
    middle = math.sqrt(max(sizes) * min(sizes))
    ratio = max(max(sizes) / min(sizes), 1.2)
    across = (middle * ratio ** (-0.5 - LEFT_MARGIN), middle * ratio ** (0.5 + MARGIN))
    room = max(max(shares) - min(shares), 0.02) * MARGIN
    return Scales(across, (min(shares) - room, max(shares) + room), width, height)


def lines_of(matrix: Matrix, network: float | None, limit: int | None, scales: Scales) -> Lines:
    """The lines that lie on the picture, with their words at the right end and at the foot."""
    written: list[tuple[str, Box, str]] = []
    gate = None if network is None else network - matrix.gate.max_drop / 100
    if gate is not None and scales.y(gate) > scales.height - NAME_HEIGHT:
        gate = None
    if network is not None:
        text = f"the network, {format_percent(network)}"
        written.append((text, right_end(text, scales.width, scales.y(network) - NAME_HEIGHT - 1), MUTED))
    if gate is not None:
        text = f"gate: {matrix.gate.max_drop:g} point{'s' if matrix.gate.max_drop != 1 else ''} below"
        written.append((text, right_end(text, scales.width, scales.y(gate) + 2), SECOND))
    if limit is not None and not scales.sizes[0] < limit < scales.sizes[1]:
        limit = None
    if limit is not None:
        text = f"gate: {format_bytes(limit)}"
        at, wide = scales.x(limit), text_width(text)
        left = at - wide - 5 if at > scales.width / 2 else at + 5
        written.append((text, Box(left, scales.height - NAME_HEIGHT - 3, left + wide, scales.height - 3), SECOND))
    return Lines(network, gate, limit, tuple(written))


def right_end(text: str, width: float, top: float) -> Box:
    """The place of words at the right end of a line."""
    return Box(width - text_width(text) - 2, top, width - 2, top + NAME_HEIGHT)


def text_width(text: str) -> float:
    """How wide words may get, in px; some scripts' characters are as wide as high."""
    return sum(CHARACTER_WIDTH if ord(char) < 0x1100 else LABEL_SIZE + 2 for char in text) + 2


def draw(dots: Sequence[Dot], lines: Lines, scales: Scales, axis: Axis) -> Any:
    """The layers, from the ground up."""
    import altair as alt

    low, high = (size / KIB for size in scales.sizes)
    x = alt.X(
        "kib:Q",
        title=AXIS_TITLES[axis],
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(values=ticks(low, high), format=",~r", gridOpacity=0.7),
    )
    y = alt.Y(
        "share:Q",
        title="accuracy on the test photos",
        scale=alt.Scale(domain=list(scales.shares), nice=False, zero=False),
        axis=alt.Axis(values=share_ticks(*scales.shares), labelExpr=PERCENT_LABELS),
    )
    places = place(
        [(scales.x(dot.size), scales.y(dot.accuracy)) for dot in dots],
        [(text_width(dot.name) * (BOLDER if dot.chosen else 1), NAME_HEIGHT) for dot in dots],
        Box(0, 0, scales.width, scales.height),
        [*(box for _, box, _ in lines.words), *(ring(dot, scales) for dot in dots if dot.chosen)],
        behind(dots, lines, scales),
    )
    parts = [*rules(lines, x, y), *front(dots, x, y), *bars(dots), *leaders(places, scales), *points(dots, x, y)]
    parts += texts([(text, box, color, False) for text, box, color in lines.words], scales)
    parts += texts([(dot.name, at.box, INK, dot.chosen) for dot, at in zip(dots, places, strict=True)], scales)
    return alt.layer(*parts).properties(width=scales.width, height=scales.height)


def ring(dot: Dot, scales: Scales) -> Box:
    """The ground of the chosen dot's ring."""
    x, y = scales.x(dot.size), scales.y(dot.accuracy)
    return Box(x - RING, y - RING, x + RING, y + RING)


def behind(dots: Sequence[Dot], lines: Lines, scales: Scales) -> list[Box]:
    """The lines that names had better leave free, as thin rectangles."""
    heights = [scales.y(share) for share in (lines.network, lines.gate) if share is not None]
    found = [Box(0, height - 1, scales.width, height + 1) for height in heights]
    if lines.limit is not None:
        found.append(Box(scales.x(lines.limit) - 1, 0, scales.x(lines.limit) + 1, scales.height))
    for column in {round(scales.x(dot.size)) for dot in dots}:
        tops = [scales.y(dot.high) for dot in dots if round(scales.x(dot.size)) == column]
        feet = [scales.y(dot.low) for dot in dots if round(scales.x(dot.size)) == column]
        found.append(Box(column - 1, min(tops), column + 1, max(feet)))
    return found


def rules(lines: Lines, x: Any, y: Any) -> list[Any]:
    """The network, and what the gate allows."""
    parts = []
    if lines.network is not None:
        at = marks([{"share": lines.network}])
        parts.append(at.mark_rule(stroke=MUTED, strokeWidth=1.5, aria=False).encode(y=y))
    if lines.gate is not None:
        at = marks([{"share": lines.gate}])
        parts.append(at.mark_rule(stroke=SECOND, strokeWidth=1.5, strokeDash=[6, 4], aria=False).encode(y=y))
    if lines.limit is not None:
        at = marks([{"kib": lines.limit / KIB}])
        parts.append(at.mark_rule(stroke=SECOND, strokeWidth=1.5, strokeDash=[6, 4], aria=False).encode(x=x))
    return parts


def front(dots: Sequence[Dot], x: Any, y: Any) -> list[Any]:
    """The files that no other one beats, as steps."""
    steps = [{"kib": size / KIB, "share": share} for size, share in pareto((dot.size, dot.accuracy) for dot in dots)]
    if len(steps) < 2:
        return []
    return [marks(steps).mark_line(interpolate="step-after", stroke=ACCENT, strokeWidth=1.5, aria=False).encode(x=x, y=y)]


def bars(dots: Sequence[Dot]) -> list[Any]:
    """The interval of each accuracy."""
    rows = [{"kib": dot.size / KIB, "share": dot.low, "high": dot.high} for dot in dots if dot.high > dot.low]
    if not rows:
        return []
    return [marks(rows).mark_rule(stroke=MUTED, strokeWidth=1, opacity=0.4, aria=False).encode(x="kib:Q", y="share:Q", y2="high:Q")]


def leaders(places: Sequence[Place], scales: Scales) -> list[Any]:
    """Lines from dots to names that are not beside them."""
    rows = []
    for each in places:
        if each.away >= LEADER_MIN or each.doubtful:
            end = scales.at(*each.line[2:])
            rows.append(scales.at(*each.line[:2]) | {"kib2": end["kib"], "share2": end["share"]})
    if not rows:
        return []
    rule = marks(rows).mark_rule(stroke=MUTED, strokeWidth=0.8, aria=False)
    return [rule.encode(x="kib:Q", y="share:Q", x2="kib2:Q", y2="share2:Q")]


def points(dots: Sequence[Dot], x: Any, y: Any) -> list[Any]:
    """The dots, one layer a shape; the chosen one on top, in its ring."""
    import altair as alt

    tooltip = [alt.Tooltip(f"{name}:N") for name in ("Technique", "Accuracy", "Interval", "Size", "Gate")]
    parts = []
    for chosen in (False, True):
        for passed in (False, True):
            for trained in (False, True):
                some = [dot for dot in dots if (dot.chosen, dot.passed, dot.row.trained) == (chosen, passed, trained)]
                if not some:
                    continue
                color = ACCENT if passed else SECOND
                at = marks(dot_row(dot) for dot in some)
                if chosen:
                    ring = at.mark_point(
                        shape="circle", size=330, fill="transparent", stroke=INK, strokeWidth=2, opacity=1, aria=False
                    )
                    parts.append(ring.encode(x=x, y=y))
                dot_mark = at.mark_point(
                    shape="square" if trained else "circle",
                    size=70,
                    fill=color if passed else ON_FILL,
                    stroke=ON_FILL if passed else color,
                    strokeWidth=1 if passed else 2,
                    opacity=1,
                )
                parts.append(dot_mark.encode(x=x, y=y, tooltip=tooltip))
    return parts


def dot_row(dot: Dot) -> dict[str, Any]:
    """A dot as Vega takes it; the words are shown where the pointer is."""
    return {
        "kib": dot.size / KIB,
        "share": dot.accuracy,
        "Technique": findings.shown(dot.row.technique),
        "Accuracy": format_percent(dot.accuracy),
        "Interval": f"{format_percent(dot.low)} to {format_percent(dot.high)}",
        "Size": format_bytes(dot.size),
        "Gate": printable(findings.gate_text(dot.row), 120),
    }


def texts(written: Sequence[tuple[str, Box, str, bool]], scales: Scales) -> list[Any]:
    """Words at their places, with an outline in the ground's colour, so that lines may run behind them."""
    parts: list[Any] = []
    for color, strong in sorted({(color, strong) for _, _, color, strong in written}):
        rows = [
            scales.at(box.left + 1, (box.top + box.bottom) / 2) | {"text": text}
            for text, box, its_color, its_strong in written
            if (its_color, its_strong) == (color, strong)
        ]
        style = {"align": "left", "baseline": "middle", "fontSize": LABEL_SIZE + 1, "fontWeight": 700 if strong else 400}
        at = marks(rows).encode(x="kib:Q", y="share:Q", text="text:N")
        parts.append(at.mark_text(stroke=ON_FILL, fill=ON_FILL, strokeWidth=3, strokeJoin="round", aria=False, **style))
        parts.append(at.mark_text(fill=color, **style))
    return parts


def ticks(low: float, high: float) -> list[float]:
    """Round sizes between two, in KiB: 100, 200, 500; more of them, then evenly, where sizes lie close together."""
    for steps in ((1,), STEPS, MORE_STEPS):
        found = [value for power in range(-2, 8) for step in steps if low <= (value := step * 10.0**power) <= high]
        if len(found) >= TICKS_MIN:
            return found
    return even_ticks(low, high, 4)


def share_ticks(low: float, high: float) -> list[float]:
    """Round shares between two, none above the whole or below nothing."""
    return [tick for tick in even_ticks(low, high, 6) if -1e-9 <= tick <= 1 + 1e-9]


def even_ticks(low: float, high: float, about: int) -> list[float]:
    """Some round figures between two."""
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next(each for each in (1, 2, 5, 10) if each * power >= rough * (1 - 1e-9))
    return [round(step * number, 12) for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def words(matrix: Matrix, dots: Sequence[Dot], axis: Axis) -> str:
    """The picture in words."""
    best = max(dots, key=lambda dot: (dot.accuracy, -dot.size))
    small = min(dots, key=lambda dot: (dot.size, -dot.accuracy))
    what = "file size" if axis == "flash_bytes" else "download size"
    picked = next((dot for dot in dots if dot.chosen), None)
    said = [
        f"Accuracy over {what} of {counted(len(dots), 'technique')}, sizes on a logarithmic axis",
        f"the most accurate is {best.name} with {format_percent(best.accuracy)} in {format_bytes(best.size)}",
        f"the smallest {small.name} with {format_percent(small.accuracy)} in {format_bytes(small.size)}",
    ]
    if matrix.network.test_photos:
        said.insert(1, f"the network has {format_percent(matrix.network.accuracy)}")
    if picked is not None:
        said.append(f"chosen is {picked.name} with {format_percent(picked.accuracy)} in {format_bytes(picked.size)}")
    return "; ".join(said) + "."
