"""A line: a few at work, the others in their order; nobody who has gone keeps a place."""

from __future__ import annotations

import subprocess
import sys

from builder.data.line import SILENCE_SECONDS, Line


def test_those_who_came_first_work_first() -> None:
    line = Line(at_once=2)
    places = [line.join() for _ in range(4)]
    assert [line.may_work(each) for each in reversed(places)] == [False, False, True, True]
    places[0].leave()
    assert [line.may_work(each) for each in places[1:]] == [True, True, False]


def test_one_who_no_longer_asks_loses_the_place_and_stands_at_the_end() -> None:
    now = [0.0]
    line = Line(at_once=1, clock=lambda: now[0])
    asleep, awake = line.join(), line.join()
    assert not line.may_work(awake)
    now[0] = SILENCE_SECONDS + 1
    assert line.may_work(awake)
    assert not line.may_work(asleep)
    awake.leave()
    assert line.may_work(asleep)


def test_one_at_work_keeps_the_place_until_its_process_is_over() -> None:
    now = [0.0]
    line = Line(at_once=1, clock=lambda: now[0])
    working, waiting = line.join(), line.join()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        working.process = process
        now[0] = 10 * SILENCE_SECONDS
        assert not line.may_work(waiting)
        process.kill()
        process.wait()
    assert line.may_work(waiting)


def test_who_has_left_never_works() -> None:
    place = (line := Line(at_once=1)).join()
    place.leave()
    assert not line.may_work(place)
