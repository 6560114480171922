"""Tests of the throttle; times are passed in."""

from webapp.web.access.throttle import Throttle


def test_opens_again() -> None:
    throttle = Throttle(max_failures=2, window_s=10)
    assert throttle.wait_s("key", 0) == 0
    throttle.add_failure("key", 0)
    throttle.add_failure("key", 4)
    assert throttle.wait_s("key", 4) == 6
    assert throttle.wait_s("other", 4) == 0
    assert throttle.wait_s("key", 9.9) == 1
    assert throttle.wait_s("key", 10) == 0
    throttle.add_failure("key", 10)
    assert throttle.wait_s("key", 10) == 4


def test_forgets_after_success() -> None:
    throttle = Throttle(max_failures=1, window_s=10)
    throttle.add_failure("key", 0)
    throttle.forget("key")
    assert throttle.wait_s("key", 0) == 0


def test_is_bounded() -> None:
    throttle = Throttle(max_failures=1, window_s=10, max_keys=2)
    for key in ("oldest", "older", "newest"):
        throttle.add_failure(key, 0)
    assert [throttle.wait_s(key, 0) > 0 for key in ("oldest", "older", "newest")] == [
        False,
        True,
        True,
    ]
