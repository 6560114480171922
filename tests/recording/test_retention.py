import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.alerting.fakes import ShakyDatabase
from tests.patience import PATIENCE_S
from webapp.core.alert_engine import AlertChange
from webapp.core.alert_rules import AlertRule
from webapp.core.alerts import Limits, Transition
from webapp.core.history import HistoryRow
from webapp.recording import retention
from webapp.recording.retention import RetentionLoop, purge
from webapp.storage.alerts import list_alerts, record_change
from webapp.storage.audit import note
from webapp.storage.history import history_bounds, write_history
from webapp.storage.retention import Purged, clock_doubt
from webapp.storage.silences import add_silence

NOW_S = int(datetime.now(UTC).timestamp()) // 3600 * 3600
DAY_S = 86400
NINETY_DAYS_AGO = datetime.now(UTC) - timedelta(days=90)
RULE = AlertRule(1, "Anger lasts", "expression", Limits(30, 20, 15, 10), expressions=("angry",))


def add_row(session, at_s, camera="door"):
    row = HistoryRow(at_s, 10, 10.0, 10.0, 1.0, 1, (1.0,), ("angry",), 50.0, 60.0)
    write_history(session, camera, row)


@pytest.fixture
def filled(database):
    """A row, a resolved alert and an ended silence of today and of a hundred days ago.

    Another camera has a row of the day before yesterday.
    """
    with database.session() as session:
        add_row(session, NOW_S - 2 * DAY_S, "hall")
        for at_s in (NOW_S, NOW_S - 100 * DAY_S):
            add_row(session, at_s)
            for change in ("firing", "resolved"):
                moved = Transition(f"a{at_s}", change, at_s, at_s - 15, 50.0, 60.0)
                record_change(session, AlertChange(RULE, "door", moved))
            at = datetime.fromtimestamp(at_s, UTC)
            common = {"camera": None, "rule_id": None, "reason": "drill", "author": "mira"}
            add_silence(session, **common, until=at - timedelta(hours=1), now=at)
    return database


def left(database):
    with database.session() as session:
        return history_bounds(session, "door"), [a.id for a in list_alerts(session)]


def test_what_is_too_old_goes_and_the_rest_stays(filled):
    before = datetime.fromtimestamp(NOW_S - 90 * DAY_S, UTC)
    assert purge(filled, before, before) == Purged(history_rows=3, alerts=1, silences=1)
    assert left(filled) == ((NOW_S, NOW_S + 10), [f"a{NOW_S}"])
    assert not purge(filled, before, before)


def test_the_audit_log_has_its_own_time_and_is_cut_by_whole_days(database):
    now = datetime.fromtimestamp(NOW_S, UTC)
    with database.session() as session:
        for days in (400, 365, 100):
            note(session, "mira", "rule changed", {}, now - timedelta(days=days))
    done = purge(database, now, now - timedelta(days=365))
    assert done == Purged(audit_entries=1)
    assert not purge(database, now, now - timedelta(days=365))


def test_writers_get_their_turn_between_deletions(filled):
    pauses = []
    purge(filled, NINETY_DAYS_AGO, NINETY_DAYS_AGO, lambda: bool(pauses.append(1)))
    assert len(pauses) == 5, "three resolutions, alerts, silences"


def test_a_stop_ends_the_purge_early(filled):
    done = purge(filled, NINETY_DAYS_AGO, NINETY_DAYS_AGO, lambda: True)
    assert done.history_rows == 1
    assert done.alerts == 0


def test_the_loop_purges_at_start_and_stops_at_once(filled, monkeypatch, caplog):
    monkeypatch.setattr(retention, "PAUSE_S", 0.0)
    stop = threading.Event()
    with caplog.at_level(logging.INFO):
        thread = threading.Thread(target=RetentionLoop(filled, 90, 365, stop).run)
        thread.start()
        while "deleted records" not in caplog.text and thread.is_alive():
            stop.wait(0.01)
        stop.set()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert left(filled)[1] == [f"a{NOW_S}"]


def test_who_is_not_on_duty_deletes_nothing_and_does_from_then_on(filled, monkeypatch):
    monkeypatch.setattr(retention, "RETRY_S", 0.001)
    before, asked, stop = left(filled), [False, False, True], threading.Event()

    def is_on_duty():
        if asked[0]:
            stop.set()
        else:
            assert left(filled) == before
        return asked.pop(0)

    RetentionLoop(filled, 90, 365, stop, is_on_duty).run()
    assert asked == [] and left(filled) != before


def test_a_database_that_is_away_is_tried_again(filled, monkeypatch, caplog):
    monkeypatch.setattr(retention, "PAUSE_S", 0.0)
    shaky = ShakyDatabase(filled)
    shaky.is_away = True
    loop = RetentionLoop(shaky, 90, 365, threading.Event())
    assert loop.purge_once() is False
    assert "locked" in caplog.text
    shaky.is_away = False
    assert loop.purge_once() is True
    assert left(filled)[1] == [f"a{NOW_S}"]


@pytest.fixture
def of_four_months(database):
    """A row a day, as cameras leave that run all the time."""
    with database.session() as session:
        for day in range(120):
            add_row(session, NOW_S - day * DAY_S)
    return database


def doubt(database, *, days_later, keep_days=90):
    now = datetime.fromtimestamp(NOW_S, UTC) + timedelta(days=days_later)
    with database.session() as session:
        return clock_doubt(session, now, timedelta(days=keep_days))


def test_after_a_jump_of_the_clock_nothing_is_deleted_for_a_day(of_four_months):
    assert doubt(of_four_months, days_later=0) == ""
    assert "no history of the 199 days up to yesterday" in doubt(of_four_months, days_later=200)
    with of_four_months.session() as session:
        # The server went on, with the clock as it was.
        add_row(session, NOW_S + 200 * DAY_S)
    assert doubt(of_four_months, days_later=200.5)
    assert doubt(of_four_months, days_later=201.5) == ""


@pytest.mark.parametrize(
    ("days", "keep_days", "is_in_doubt"),
    [(3, 90, False), (7, 90, False), (10, 90, True), (3, 2, True), (1, 1, False)],
)
def test_a_server_that_was_off_for_some_days_deletes_at_once(
    days, keep_days, is_in_doubt, of_four_months
):
    found = doubt(of_four_months, days_later=days, keep_days=keep_days)
    assert bool(found) == is_in_doubt


def test_a_clock_behind_the_rows_and_an_empty_history_are_no_reason_to_wait(
    database, of_four_months
):
    assert doubt(of_four_months, days_later=-30) == ""
    future = datetime.fromtimestamp(NOW_S + 3 * DAY_S, UTC)
    purge(database, future, future)
    assert doubt(database, days_later=0) == ""


def test_the_loop_says_why_it_deletes_nothing(database, caplog):
    with database.session() as session:
        add_row(session, NOW_S - 100 * DAY_S)
    assert RetentionLoop(database, 90, 365, threading.Event()).purge_once()
    assert "old records are not deleted: by this machine's clock" in caplog.text
    assert left(database)[0]
