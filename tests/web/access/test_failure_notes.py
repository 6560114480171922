"""Tests of which failed sign-ins are noted; times are passed in."""

from webapp.web.access.failure_notes import AT_ONCE, INTERVAL_S, FailureNotes


def test_entries_are_spread_and_none_of_the_failures_is_lost() -> None:
    notes = FailureNotes()
    assert [notes.add("mira", 0.0) for _ in range(AT_ONCE + 2)] == [1] * AT_ONCE + [0, 0]
    assert notes.add("unknown user", 0.0) == 1
    assert notes.add("mira", INTERVAL_S) == 3
    assert notes.add("mira", INTERVAL_S) == 0
