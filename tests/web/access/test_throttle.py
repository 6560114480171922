"""Tests of the throttle; times are passed in."""

from webapp.web.access.throttle import Throttle


def test_opens_again() -> None:
    throttle = Throttle(at_once=2, interval_s=10)
    assert throttle.wait_s("key", 0) == 0
    throttle.add_failure("key", 0)
    assert throttle.wait_s("key", 4) == 0
    throttle.add_failure("key", 4)
    assert throttle.wait_s("key", 4) == 6
    assert throttle.wait_s("other", 4) == 0
    assert throttle.wait_s("key", 9.9) == 1
    assert throttle.wait_s("key", 10) == 0
    throttle.add_failure("key", 10)
    assert throttle.wait_s("key", 10) == 10
    assert throttle.wait_s("key", 1000) == 0


def test_forgets_after_success() -> None:
    throttle = Throttle(at_once=1, interval_s=10)
    throttle.add_failure("key", 0)
    throttle.forget("key")
    assert throttle.wait_s("key", 0) == 0


def test_what_was_no_failure_is_taken_back() -> None:
    throttle = Throttle(at_once=2, interval_s=10)
    for _ in range(2):
        throttle.add_failure("key", 0)
    throttle.take_back("key")
    throttle.take_back("never seen")
    assert throttle.wait_s("key", 0) == 0
    throttle.add_failure("key", 0)
    assert throttle.wait_s("key", 0) == 10


def test_is_bounded_and_keeps_who_failed_most() -> None:
    throttle = Throttle(at_once=2, interval_s=10, max_keys=10)
    for _ in range(2):
        throttle.add_failure("guessed at", 0)
    for number in range(100):
        throttle.add_failure(number, 0)
    assert throttle.wait_s("guessed at", 0) == 10
    assert len(throttle._clean_at_s) <= 10
