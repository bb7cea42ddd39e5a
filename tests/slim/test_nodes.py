"""A FlatBuffer is written so that any reader finds in it what was put in, nothing twice, and is as long as was told before."""

from __future__ import annotations

from builder.slim.nodes import Scalar, Table, Tables, Text, Vector, front_bytes, size_bytes, written
from builder.tflite_file.flatbuffer import Bytes


def test_numbers_texts_and_vectors_are_read_back() -> None:
    root = Table(((0, Scalar("I", 7)), (2, Text(b"name")), (3, Vector.of("q", [1, -2])), (5, Scalar("?", True))))

    found = Bytes(written(root)).root()

    assert (found.number(0, "I"), found.text(2), found.numbers(3, "q"), found.number(5, "?")) == (7, "name", (1, -2), True)
    assert found.at(1) is None


def test_a_shared_table_is_written_once_and_found_in_both_places() -> None:
    options = Table(((0, Scalar("i", 5)),))
    twice = Table(((0, Tables(tuple(Table(((1, options),)) for _ in range(10)))),))
    apart = Table(((0, Tables(tuple(Table(((1, Table(((0, Scalar("i", 5)),))),)) for _ in range(10)))),))

    found = Bytes(written(twice)).root().tables(0)

    tables = [each.table(1) for each in found]
    assert [table.number(0, "i") for table in tables if table] == [5] * 10
    assert len({table.position for table in tables if table}) == 1
    assert size_bytes(twice) < size_bytes(apart)


def test_equal_vtables_are_written_once() -> None:
    def many(count: int) -> int:
        return size_bytes(Table(((0, Tables(tuple(Table(((0, Scalar("i", number)),)) for number in range(count)))),)))

    assert many(101) - many(1) == 100 * (4 + 8) // 16 * 16  # a reference and a table of 8 bytes each, no vtable


def test_data_lie_at_multiples_of_sixteen_and_int64_at_multiples_of_eight() -> None:
    data, wide = bytes(range(1, 23)), Vector.of("q", [-1, 2, 3])
    content = written(Table(((0, Vector("B", len(data), data, is_data=True)), (1, wide), (2, Vector.of("i", [9])))))

    assert content.index(data) % 16 == 0
    assert content.index(wide.content or b"") % 8 == 0


def test_sizes_are_known_before_contents() -> None:
    root = Table(((0, Vector("B", 1000, is_data=True)), (1, Vector("q", 7)), (2, Text(b"name"))))
    filled = Table(((0, Vector("B", 1000, bytes(1000), is_data=True)), (1, Vector.of("q", range(7))), (2, Text(b"name"))))

    assert size_bytes(root) == len(written(filled))


def test_the_front_ends_where_wide_values_begin() -> None:
    without = Table(((1, Text(b"name")),))
    both = Table(((0, Vector("q", 3)), (1, Text(b"name"))))

    assert front_bytes(both) == front_bytes(Table(((0, Scalar("I", 1)), (1, Text(b"name")))))
    assert front_bytes(both) > front_bytes(without)
