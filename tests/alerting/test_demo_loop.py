from tests.alerting.demo_loops import DemoWatch


def test_the_two_angry_people_fire_in_time_and_nothing_else_does(tmp_path):
    watch = DemoWatch(tmp_path).start()
    try:
        watch.wait_for(loops=1)
    finally:
        watch.kill()
    ((earliest_s, latest_s),) = watch.expected_s(loops=1)
    (fired_s,) = watch.fired_s()
    assert earliest_s <= fired_s <= latest_s
