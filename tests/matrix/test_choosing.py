"""The smallest file that passes; where none does, the one that comes closest."""

from __future__ import annotations

from dataclasses import replace

from builder.gate import Gate, Verdict
from builder.matrix import File, Row
from builder.matrix.choosing import choose
from builder.report import Check
from tests.matrix.samples import failed_row

GATE = Gate(max_flash_bytes=200_000)
GOOD = Verdict(True, (), 0.0, "", 0.0, 400)


def made(technique: str, flash_bytes: int, gzip_bytes: int, verdict: Verdict | None = GOOD) -> Row:
    return Row(
        technique, technique, False, files=(File(f"{technique}.tflite", "d4" * 32, flash_bytes, gzip_bytes),), verdict=verdict
    )


def bad(drop: float, *, worst: float = 0.0, size: bool = False) -> Verdict:
    accuracy = drop > 0.01 or worst > 0.05
    reasons = (f"it loses {100 * drop:g} points.",) if accuracy else ()
    return Verdict(False, (*reasons, *(("it is too large",) if size else ())), drop, "cat", worst, 400, accuracy, size, worst)


def test_the_smallest_file_that_passes_is_taken() -> None:
    assert choose([made("a", 300_000, 10), made("b", 200_000, 90_000), made("c", 100_000, 5, bad(0.2))], GATE) == ("b", "")


def test_of_files_that_are_as_large_the_smaller_download_is_taken() -> None:
    rows = [made("a", 250_000, 220_000), made("b", 254_900, 90_000), made("c", 260_000, 10_000)]
    assert choose(rows, GATE)[0] == "b"


def test_the_first_of_equals_is_taken() -> None:
    assert choose([made("a", 1000, 500), made("b", 1000, 500)], GATE)[0] == "a"


def test_a_file_that_failed_a_check_is_not_taken() -> None:
    row = made("a", 1000, 500)
    broken = replace(
        row, files=(*row.files, replace(row.files[0], file="a_micro.tflite", checks=(Check("micro", "failed", "off"),)))
    )
    assert choose([broken, made("b", 9000, 9000)], GATE)[0] == "b"
    assert choose([broken], GATE)[1] == 'No file passes. "a" comes closest: a_micro.tflite failed a check, micro (off).'


def test_fewest_kinds_of_reasons_come_closest() -> None:
    rows = [made("a", 1000, 1000, bad(0.02, size=True)), made("b", 3000, 3000, bad(0.3)), made("c", 9000, 9000, None)]
    assert choose(rows, GATE) == (None, 'No file passes. "b" comes closest: it loses 30 points.')


def test_of_as_many_reasons_the_least_loss_comes_closest_then_the_smallest() -> None:
    lossy = [made("a", 1000, 1000, bad(0.03)), made("b", 5000, 5000, bad(0.02)), made("c", 900, 900, bad(0.0, worst=0.2))]
    assert '"b"' in choose(lossy, GATE)[1]
    large = [made("a", 5000, 1000, bad(0.0, size=True)), made("b", 4000, 5000, bad(0.009, size=True))]
    assert '"b"' in choose(large, GATE)[1]


def test_nothing_judged_and_nothing_made_are_said() -> None:
    assert choose([made("a", 1000, 500, None)], GATE) == (None, "No file could be judged.")
    assert choose([failed_row("a")], GATE) == choose([], GATE) == (None, "No technique made a file.")
