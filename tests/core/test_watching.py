"""Tests of how views are joined into stretches."""

import pytest

from webapp.core.watching import JOINED_S, View, Watching, WatchKind, WatchLog

STREAM, PICTURES, SNAPSHOTS = WatchKind.STREAM, WatchKind.PICTURES, WatchKind.SNAPSHOTS
SOON, LATE = JOINED_S[STREAM] - 1, JOINED_S[STREAM] + 1


def view(*cameras, user="mira", kind=STREAM):
    return View(user, kind, frozenset(cameras))


def test_a_view_is_noted_when_it_begins_and_when_nobody_has_come_back():
    log = WatchLog()
    assert log.show(1, view("door"), 10.0) == [Watching("mira", STREAM, ("door",), 10.0)]
    assert log.step(9999.0) == []
    log.end(1, 70.0)
    log.end(1, 80.0)
    assert log.step(70.0 + SOON) == []
    assert log.step(70.0 + LATE) == [Watching("mira", STREAM, ("door",), 10.0, 70.0)]
    assert log.step(9999.0) == []


@pytest.mark.parametrize(("gap_s", "is_joined"), [(SOON, True), (LATE, False)])
def test_who_comes_back_soon_has_watched_all_the_time(gap_s, is_joined):
    log = WatchLog()
    log.show(1, view("door"), 0.0)
    log.end(1, 5.0)
    over, begun = log.step(5.0 + gap_s), log.show(2, view("door"), 5.0 + gap_s)
    assert bool(over) != is_joined and bool(begun) != is_joined
    log.end(2, 100.0)
    [last] = log.step(9999.0)
    assert (last.start_s, last.end_s) == (0.0 if is_joined else 5.0 + gap_s, 100.0)


def test_several_pages_of_one_user_are_one_stretch_and_others_are_not():
    log = WatchLog()
    assert log.show(1, view("door"), 0.0) and not log.show(2, view("door"), 1.0)
    assert log.show(3, view("door", user="otto"), 2.0)
    assert log.show(4, view("door", kind=PICTURES), 3.0)
    log.end(1, 4.0)
    assert log.step(9999.0) == []
    log.end(2, 10000.0)
    assert [each.start_s for each in log.step(99999.0)] == [0.0]


def test_cameras_that_come_and_go_together_are_named_together():
    log = WatchLog()
    [begun] = log.show(1, view("hall", "door", "desk", kind=PICTURES), 0.0)
    assert begun.cameras == ("desk", "door", "hall")
    assert log.show(1, view("hall", "yard", kind=PICTURES), 20.0)[0].cameras == ("yard",)
    assert log.add(1, "gate", 30.0)[0].cameras == ("gate",)
    assert log.add(1, "gate", 40.0) == log.add(2, "gate", 40.0) == []
    log.end(1, 50.0)
    assert sorted((each.cameras, each.start_s, each.end_s) for each in log.step(9999.0)) == [
        (("desk", "door"), 0.0, 20.0),
        (("gate",), 30.0, 50.0),
        (("hall",), 0.0, 50.0),
        (("yard",), 20.0, 50.0),
    ]


def test_a_wall_whose_pages_go_round_is_one_stretch():
    log = WatchLog()
    begun = [
        log.show(1, view(f"camera-{turn % 5}", kind=PICTURES), 20.0 * turn) + log.step(20.0 * turn)
        for turn in range(100)
    ]
    assert sum(map(len, begun)) == 5


def test_single_pictures_leave_one_entry_a_minute_at_most():
    log, entries = WatchLog(), []
    for second in range(0, 3600, 61):
        entries += log.step(float(second))
        entries += log.show(second, view("door", kind=SNAPSHOTS), float(second))
        log.end(second, float(second))
    assert len(entries) == 1, "they are a stretch"
    assert len(log.step(9999.0)) == 1
    log.show("alone", view("door", kind=SNAPSHOTS), 10000.0)
    log.end("alone", 10000.0)
    assert log.step(99999.0) == [], "a moment is said once"


def test_at_the_end_everything_is_over():
    log = WatchLog()
    log.show(1, view("door"), 0.0)
    log.show(2, view("hall"), 1.0)
    assert [(each.cameras, each.end_s) for each in log.finish(5.0)] == [
        (("door",), 5.0),
        (("hall",), 5.0),
    ]
    assert log.finish(6.0) == []
