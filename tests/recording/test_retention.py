import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.alerting.fakes import ShakyDatabase
from webapp.core.alert_engine import AlertChange
from webapp.core.alert_rules import AlertRule
from webapp.core.alerts import Limits, Transition
from webapp.core.history import HistoryRow
from webapp.recording import retention
from webapp.recording.retention import RetentionLoop, purge
from webapp.storage.alerts import list_alerts, record_change
from webapp.storage.history import history_bounds, write_history
from webapp.storage.retention import Purged
from webapp.storage.silences import add_silence

NOW_S = int(datetime.now(UTC).timestamp()) // 3600 * 3600
DAY_S = 86400
RULE = AlertRule(1, "Anger lasts", "expression", Limits(30, 20, 15, 10), expressions=("angry",))


@pytest.fixture
def filled(database):
    """A row, a resolved alert and an ended silence of today and of a hundred days ago."""
    with database.session() as session:
        for at_s in (NOW_S, NOW_S - 100 * DAY_S):
            row = HistoryRow(at_s, 10, 10.0, 10.0, 1.0, 1, (1.0,), ("angry",), 50.0, 60.0)
            write_history(session, "door", row)
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
    assert purge(filled, before) == Purged(history_rows=3, alerts=1, silences=1)
    assert left(filled) == ((NOW_S, NOW_S + 10), [f"a{NOW_S}"])
    assert not purge(filled, before)


def test_writers_get_their_turn_between_deletions(filled):
    pauses = []
    purge(filled, datetime.now(UTC) - timedelta(days=90), lambda: bool(pauses.append(1)))
    assert len(pauses) == 5, "three resolutions, alerts, silences"


def test_a_stop_ends_the_purge_early(filled):
    done = purge(filled, datetime.now(UTC) - timedelta(days=90), lambda: True)
    assert done.history_rows == 1
    assert done.alerts == 0


def test_the_loop_purges_at_start_and_stops_at_once(filled, monkeypatch, caplog):
    monkeypatch.setattr(retention, "PAUSE_S", 0.0)
    stop = threading.Event()
    with caplog.at_level(logging.INFO):
        thread = threading.Thread(target=RetentionLoop(filled, 90, stop).run)
        thread.start()
        while "deleted records" not in caplog.text and thread.is_alive():
            stop.wait(0.01)
        stop.set()
        thread.join(5)
    assert not thread.is_alive()
    assert left(filled)[1] == [f"a{NOW_S}"]


def test_a_database_that_is_away_is_tried_again(filled, monkeypatch, caplog):
    monkeypatch.setattr(retention, "PAUSE_S", 0.0)
    shaky = ShakyDatabase(filled)
    shaky.is_away = True
    loop = RetentionLoop(shaky, 90, threading.Event())
    assert loop.purge_once() is False
    assert "locked" in caplog.text
    shaky.is_away = False
    assert loop.purge_once() is True
    assert left(filled)[1] == [f"a{NOW_S}"]
