"""The split's promises, tried on many made-up sets."""

from __future__ import annotations

import hashlib
import itertools
import random

import pytest

from builder.data.layout import Given
from builder.data.split import SPLITS, Item, assign, position
from builder.errors import DataError


def pixels(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def photos(label: str, count: int, start: int = 0) -> list[Item]:
    return [Item(label, "", pixels(number)) for number in range(start, start + count)]


def placed(items: list[Item], seed: int = 0, given: frozenset[Given] = frozenset()) -> list[str | None]:
    classes = sorted({item.label for item in items})
    return list(assign(items, classes, given, seed).splits)


def test_a_position_is_sha256_of_seed_and_pixels() -> None:
    digest = hashlib.sha256(b"7:" + pixels(1).encode()).hexdigest()
    assert position(pixels(1), 7) == pytest.approx(int(digest[:12], 16) / 16**12, abs=1e-12)


def test_about_a_tenth_is_for_validation_and_a_tenth_for_the_test() -> None:
    splits = placed(photos("a", 5000) + photos("b", 5000, 10_000))
    for name in ("validation", "test"):
        assert abs(splits.count(name) - 1000) < 3.5 * (10_000 * 0.1 * 0.9) ** 0.5  # 3.5 standard deviations


def test_adding_photos_never_moves_old_ones() -> None:
    for seed in range(20):
        few = photos("a", 100) + photos("b", 120, 1000)
        many = few + photos("a", 60, 5000) + photos("b", 300, 6000) + photos("c", 50, 9000)
        before, after = placed(few, seed), placed(many, seed)
        chance = {item.pixels for item in few if position(item.pixels, seed) < 0.2}
        assert chance, "the set is large enough to have photos in each split by chance"
        assert before == after[: len(few)]


def test_the_order_of_photos_does_not_matter() -> None:
    items = photos("a", 50) + photos("b", 50, 1000)
    shuffled = random.Random(0).sample(items, len(items))
    expected = dict(zip(items, placed(items), strict=True))
    assert [expected[item] for item in shuffled] == placed(shuffled)


def test_another_seed_is_another_split() -> None:
    items = photos("a", 200) + photos("b", 200, 1000)
    assert placed(items, 0) != placed(items, 1)


def test_copies_share_a_split() -> None:
    for seed in range(20):
        items = photos("a", 40) + photos("b", 40, 1000)
        copies = [Item(item.label, "", item.pixels) for item in items[::3]]
        splits = dict(zip(items, placed(items + copies, seed), strict=False))
        assert placed(items + copies, seed)[len(items) :] == [splits[item] for item in items[::3]]


def test_copies_are_counted() -> None:
    items = photos("a", 10) + photos("b", 10, 1000)
    assert assign(items + items[:3], ["a", "b"], frozenset(), 0).duplicates == 3


def test_copies_in_two_classes_share_a_split_and_are_reported() -> None:
    for seed in range(50):
        items = photos("a", 10) + photos("b", 6, 1000) + photos("b", 4)  # four photos lie in both
        assignment = assign(items, ["a", "b"], frozenset(), seed)
        assert assignment.splits[:4] == assignment.splits[16:]
        assert assignment.conflicts == 4
        assert any("Conflicting labels: 4" in note for note in assignment.notes)


def test_every_class_gets_photos_in_every_split_however_small() -> None:
    for seed in range(100):
        items = photos("a", 3) + photos("b", 4, 1000) + photos("c", 9, 2000)
        splits = placed(items, seed)
        for low, high in ((0, 3), (3, 7), (7, 16)):
            assert {"train", "validation", "test"} == set(splits[low:high])


def test_a_class_without_test_photos_gets_its_lowest_hash_and_says_so() -> None:
    seed = next(s for s in range(100) if min(position(item.pixels, s) for item in photos("a", 5)) > 0.2)
    items = photos("a", 5) + photos("b", 500, 1000)
    assignment = assign(items, ["a", "b"], frozenset(), seed)
    ranked = sorted(range(5), key=lambda index: position(items[index].pixels, seed))
    assert [assignment.splits[index] for index in ranked] == ["test", "validation", "train", "train", "train"]
    assert [note for note in assignment.notes if "'a' had no test photo" in note]


@pytest.mark.parametrize("copies", [1, 2, 10])
def test_too_few_different_photos_are_an_error(copies: int) -> None:
    with pytest.raises(DataError, match=r"'b' has \d different"):
        placed(photos("a", 10) + photos("b", 2, 1000) * copies)


def test_given_splits_are_kept_and_only_the_missing_one_is_made() -> None:
    train = [Item("a", "train", pixels(n)) for n in range(100)] + [Item("b", "train", pixels(n)) for n in range(100, 200)]
    test = [Item("a", "test", pixels(n)) for n in range(200, 210)] + [Item("b", "test", pixels(n)) for n in range(210, 220)]
    splits = placed(train + test, given=frozenset({"train", "test"}))
    assert splits[200:] == ["test"] * 20
    assert set(splits[:200]) == {"train", "validation"}


def test_all_splits_given_leaves_nothing_to_do() -> None:
    items = [Item(label, split, pixels(n)) for n, (label, split) in enumerate(itertools.product("ab", SPLITS))]
    assert placed(items, given=frozenset(SPLITS)) == [item.given for item in items]


def test_copies_of_test_photos_leave_training_and_validation() -> None:
    train = [Item("a", "train", pixels(n)) for n in range(50)] + [Item("b", "train", pixels(n)) for n in range(50, 100)]
    validation = [Item("a", "validation", pixels(n)) for n in (200, 201, 3)]
    test = [Item("b", "test", pixels(n)) for n in (300, 0, 201)]
    assignment = assign(train + validation + test, ["a", "b"], frozenset({"train", "validation", "test"}), 0)
    assert assignment.splits[0] is None  # in the test split
    assert assignment.splits[3] is None  # in the validation split
    assert assignment.splits[101] is None  # a validation photo in the test split
    assert assignment.splits[103:] == ("test", "test", "test")
    assert any("Left out 3" in note for note in assignment.notes)
