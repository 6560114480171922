"""Runs last; its server starts before the first test, since the clip takes its time."""


def test_the_two_angry_people_fire_in_time_and_nothing_else_does(demo_watch):
    demo_watch.wait_for(loops=1)
    ((earliest_s, latest_s),) = demo_watch.expected_s(loops=1)
    (fired_s,) = demo_watch.fired_s()
    assert earliest_s <= fired_s <= latest_s
