from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.storage.test_alerts import START, START_S, change
from webapp.storage import retention
from webapp.storage.alert_tables import AlertEventRow, OutboxRow, SilenceRow
from webapp.storage.alerts import list_alerts, record_change
from webapp.storage.outbox import post
from webapp.storage.retention import purge_alerts, purge_silences
from webapp.storage.silences import add_silence, end_silence

HOUR = timedelta(hours=1)


@pytest.fixture
def alerts(database):
    """One resolved at START + 60 s, one an hour later, one still open."""
    with database.session() as session:
        for alert_id, at_s in (("old", START_S), ("new", START_S + 3600), ("open", START_S)):
            record_change(session, change(alert_id, at_s=at_s))
            post(session, alert_id, "firing", ["mail"], "Anger lasts", "", START)
        record_change(session, change("old", "resolved", START_S + 60))
        record_change(session, change("new", "resolved", START_S + 3660))


def count(session, table):
    return session.scalar(select(func.count()).select_from(table))


def purge(database, before):
    with database.session() as session:
        return purge_alerts(session, before)


@pytest.mark.parametrize(
    ("after", "left"),
    [
        (timedelta(seconds=60), {"old", "new", "open"}),
        (timedelta(seconds=61), {"new", "open"}),
        (timedelta(days=400), {"open"}),
    ],
)
def test_what_is_over_for_long_goes_with_all_that_belongs_to_it(database, alerts, after, left):
    assert purge(database, START + after) == 3 - len(left)
    with database.session() as session:
        assert {alert.id for alert in list_alerts(session)} == left
        assert set(session.scalars(select(AlertEventRow.alert_id))) == left
        assert set(session.scalars(select(OutboxRow.alert_id))) == left
    assert purge(database, START + after) == 0


def test_many_go_in_stretches(database, monkeypatch):
    monkeypatch.setattr(retention, "MOST_PURGED_ALERTS", 2)
    with database.session() as session:
        for number in range(3):
            record_change(session, change(f"a{number}", "resolved", START_S + number))
    assert purge(database, START + 24 * HOUR) == 2
    with database.session() as session:
        (left,) = list_alerts(session)
    assert left.id == "a2", "the oldest go first"
    assert purge(database, START + 24 * HOUR) == 1


def test_silences_that_ended_go(database):
    def silence(session, until):
        common = {"camera": None, "rule_id": None, "reason": "drill", "author": "mira"}
        return add_silence(session, **common, until=until, now=START)

    with database.session() as session:
        silence(session, START + HOUR)
        ended = silence(session, START + 48 * HOUR)
        silence(session, START + 48 * HOUR)
        end_silence(session, ended.id, "tom", START + HOUR / 2)
    with database.session() as session:
        assert purge_silences(session, START + HOUR) == 1
        assert purge_silences(session, START + 2 * HOUR) == 1
        assert count(session, SilenceRow) == 1
