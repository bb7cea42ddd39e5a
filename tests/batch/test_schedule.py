"""Which cell comes next, and which ones stop early."""

from __future__ import annotations

from builder.batch.schedule import Schedule
from builder.batch.waiting import Job


def next_cell(schedule: Schedule, shape: str | None = None, others: set[str] | None = None) -> int | None:
    return schedule.take(shape, others or set(), "", {""})


def test_the_longest_build_comes_first() -> None:
    schedule = Schedule([Job(1, seconds=10), Job(2, seconds=30), Job(3, seconds=20)])
    assert [next_cell(schedule) for _ in range(4)] == [2, 3, 1, None]


def test_of_equally_long_ones_the_first_of_the_file_comes_first() -> None:
    schedule = Schedule([Job(2), Job(1), Job(3)])
    assert next_cell(schedule) == 1


def test_a_worker_stays_with_the_shape_that_it_has_compiled() -> None:
    schedule = Schedule([Job(1, shape="large", seconds=30), Job(2, shape="small", seconds=10)])
    assert next_cell(schedule, shape="small") == 2


def test_a_worker_leaves_the_shapes_of_others_alone_where_it_can() -> None:
    schedule = Schedule([Job(1, shape="large", seconds=30), Job(2, shape="small", seconds=10)])
    assert next_cell(schedule, others={"large"}) == 2
    assert next_cell(schedule, others={"large"}) == 1


def test_a_cell_that_failed_is_given_out_again() -> None:
    schedule = Schedule([Job(1)])
    next_cell(schedule)
    assert next_cell(schedule) is None
    schedule.again(1)
    assert next_cell(schedule) == 1


def test_it_is_over_when_every_cell_is_done_or_given_up() -> None:
    schedule = Schedule([Job(1), Job(2)])
    next_cell(schedule)
    next_cell(schedule)
    schedule.done(1)
    assert not schedule.is_over
    schedule.give_up(2)
    assert schedule.is_over


def test_a_paused_build_goes_on_where_it_lies() -> None:
    schedule = Schedule([Job(1, place="north")])
    assert schedule.take(None, set(), "south", {"north", "south"}) is None
    assert schedule.take(None, set(), "north", {"north", "south"}) == 1


def test_a_paused_build_whose_machine_is_gone_begins_anew_elsewhere() -> None:
    schedule = Schedule([Job(1, place="north")])
    assert schedule.take(None, set(), "south", {"south"}) == 1


def halved(cells: int = 4, epochs: int = 4) -> Schedule:
    schedule = Schedule([Job(number, group="hands", epochs=epochs) for number in range(1, cells + 1)], eta=2)
    for _ in range(cells):
        next_cell(schedule)
    return schedule


def test_nothing_is_compared_without_halving() -> None:
    assert Schedule([Job(1, epochs=8), Job(2, epochs=8)]).pause_after(1) is None


def test_every_cell_pauses_at_the_first_comparison() -> None:
    assert [halved().pause_after(number) for number in (1, 2, 3, 4)] == [1, 1, 1, 1]  # 4 epochs, compared after 1 and 2


def test_a_comparison_waits_for_the_last_cell() -> None:
    schedule = halved()
    assert [schedule.pause(number, 0.1 * number) for number in (1, 2, 3)] == [[], [], []]
    assert next_cell(schedule) is None


def test_the_better_half_goes_on_and_the_other_stops_with_its_reason() -> None:
    schedule = halved()
    for number in (1, 2, 3):
        schedule.pause(number, 0.1 * number)
    stopped = schedule.pause(4, 0.4)
    assert [each.number for each in stopped] == [1, 2]
    assert stopped[0].why == (
        "Stopped by halving after epoch 1 of 4: 10.0 % of the validation photos right, place 4 of 4; the best 2 go on."
    )
    assert sorted(schedule.waiting) == [3, 4]
    assert schedule.pause_after(3) == 2


def test_the_last_one_trains_to_its_end() -> None:
    schedule = halved()
    for number in (1, 2, 3, 4):
        schedule.pause(number, 0.1 * number)
    for number in (3, 4):
        next_cell(schedule)
        schedule.pause(number, 0.1 * number)
    assert set(schedule.waiting) == {4}
    assert schedule.pause_after(4) is None


def test_a_finished_cell_counts_in_comparisons_and_is_not_stopped() -> None:
    schedule = halved()
    schedule.done(1, [0.9])
    for number in (2, 3):
        schedule.pause(number, 0.1 * number)
    stopped = schedule.pause(4, 0.4)
    assert [each.number for each in stopped] == [2, 3]  # 1 and 4 are the better half
    assert set(schedule.waiting) == {4}


def test_a_finished_cell_counts_as_it_was_at_the_comparison() -> None:
    schedule = halved()
    schedule.done(1, [0.1, 0.1, 0.9, 0.9])  # it got good later
    for number in (2, 3):
        schedule.pause(number, 0.1 * number)
    stopped = schedule.pause(4, 0.4)
    assert [each.number for each in stopped] == [2]
    assert sorted(schedule.waiting) == [3, 4]


def test_a_cell_that_is_found_to_be_done_hides_no_other_of_its_shape() -> None:
    schedule = Schedule([Job(1, shape="small"), Job(2, shape="small")])
    schedule.done(1)
    assert next_cell(schedule) == 2


def test_a_failed_cell_keeps_no_other_waiting() -> None:
    schedule = halved()
    for number in (1, 2, 3):
        schedule.pause(number, 0.1 * number)
    stopped = schedule.give_up(4)
    assert [each.number for each in stopped] == [1]  # of three, ceil(3 / 2) = 2 go on


def test_cells_of_other_photos_are_not_compared() -> None:
    jobs = [Job(1, group="hands", epochs=8), Job(2, group="hands", epochs=8), Job(3, group="leaves", epochs=8)]
    schedule = Schedule(jobs, eta=2)
    for _ in jobs:
        next_cell(schedule)
    assert schedule.pause_after(3) is None
    schedule.pause(1, 0.2)
    assert [each.number for each in schedule.pause(2, 0.1)] == [2]
