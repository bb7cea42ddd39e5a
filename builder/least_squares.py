"""The little linear algebra that estimates need, on lists: a few dozen rows, no arrays."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

Vector = tuple[float, ...]
SINGULAR = 1e-6  # smallest pivot, of systems whose entries are about one


def dot(left: Sequence[float], right: Sequence[float]) -> float:
    """The scalar product."""
    return sum(map(float.__mul__, left, right))


def cholesky(matrix: list[list[float]]) -> list[list[float]]:
    """The lower triangle L with L Lt = matrix, which is symmetric and positive definite."""
    lower: list[list[float]] = []
    for i, row in enumerate(matrix):
        line: list[float] = []
        for j in range(i):
            line.append((row[j] - dot(line, lower[j][:j])) / lower[j][j])
        line.append(math.sqrt(row[i] - dot(line, line)))
        lower.append(line)
    return lower


def forward(lower: list[list[float]], right: Sequence[float]) -> list[float]:
    """Solves L y = right."""
    solution: list[float] = []
    for line, value in zip(lower, right, strict=True):
        solution.append((value - dot(line[:-1], solution)) / line[-1])
    return solution


def solve(matrix: list[list[float]], right: Sequence[float]) -> list[float] | None:
    """Solves a small symmetric system; None where it is singular."""
    try:
        lower = cholesky(matrix)
    except (ValueError, ZeroDivisionError):
        return None
    if min(line[-1] for line in lower) < SINGULAR:
        return None
    half = forward(lower, right)
    upper = [[lower[j][i] for j in range(len(lower) - 1, i - 1, -1)] for i in range(len(lower) - 1, -1, -1)]
    return forward(upper, half[::-1])[::-1]


def fit_nonnegative(lines: Sequence[Vector]) -> Vector:
    """The non-negative w with the least sum of (line . w - 1)^2, by trying every set of columns."""
    width = len(lines[0])
    best: tuple[float, Vector] | None = None
    scale = [max(line[i] for line in lines) or 1.0 for i in range(width)]
    scaled = [[value / by for value, by in zip(line, scale, strict=True)] for line in lines]
    for count in range(1, width + 1):
        for columns in itertools.combinations(range(width), count):
            picked = [[line[i] for i in columns] for line in scaled]
            square = [[sum(line[i] * line[j] for line in picked) for j in range(count)] for i in range(count)]
            found = solve(square, [sum(line[i] for line in picked) for i in range(count)])
            if found is None or min(found) < 0:
                continue
            error = sum((dot(line, found) - 1) ** 2 for line in picked)
            if best is None or error < best[0] - 1e-12:
                by_column = dict(zip(columns, found, strict=True))
                best = error, tuple(by_column.get(i, 0.0) / scale[i] for i in range(width))
    assert best is not None, "one column alone always fits"
    return best[1]
