import threading
from dataclasses import replace

import pytest

from tests.alerting.fakes import ShakyDatabase
from tests.storage.test_alerts import START_S, change
from tests.storage.test_history import row
from tests.storage.test_notices import POLICY
from webapp.core.alerts import AlertState
from webapp.recording.recorder import MOST_AT_ONCE, MOST_WAITING_ROWS, DatabaseRecorder
from webapp.storage.alerts import list_alerts
from webapp.storage.history import read_history

FIRING = AlertState(phase="firing", alert_id="a1", value=40.0, peak=50.0)


@pytest.fixture
def shaky(database):
    return ShakyDatabase(database)


@pytest.fixture
def recorder(shaky):
    return DatabaseRecorder(shaky, POLICY, threading.Event())


def rows_of(database, camera="door"):
    with database.session() as session:
        return len(read_history(session, camera, 0, 100_000, 20_000))


def phases_of(database):
    with database.session() as session:
        return [(alert.id, alert.phase) for alert in list_alerts(session)]


def test_changes_and_rows_are_written(recorder, database):
    recorder.add_change(change())
    recorder.add_change(change(kind="resolved", at_s=START_S + 5))
    for number in range(MOST_AT_ONCE + 1):
        recorder.add_history("door", row(10 * number))
    assert recorder.write_waiting()
    assert phases_of(database) == [("a1", "resolved")]
    assert rows_of(database) == MOST_AT_ONCE + 1


def test_nothing_is_lost_while_the_database_is_away(recorder, shaky, database, caplog):
    shaky.is_away = True
    recorder.add_change(change())
    recorder.add_history("door", row(0))
    assert not recorder.write_waiting()
    assert not recorder.write_waiting()
    recorder.add_change(change(kind="resolved", at_s=START_S + 5))
    recorder.add_history("door", row(10))
    assert recorder.trouble == "The database is locked."
    shaky.is_away = False
    assert recorder.write_waiting()
    assert phases_of(database) == [("a1", "resolved")]
    assert rows_of(database) == 2
    assert recorder.trouble == ""
    told = [record.message for record in caplog.records if "wait to be written" in record.message]
    assert len(told) == 1, "told once, not at every try"


def test_after_an_hour_the_oldest_rows_are_dropped_and_counted(recorder, shaky, database):
    shaky.is_away = True
    for number in range(MOST_WAITING_ROWS + 7):
        recorder.add_history("door", row(10 * number))
    assert not recorder.write_waiting()
    shaky.is_away = False
    assert recorder.write_waiting()
    assert recorder.dropped_rows == 7
    assert rows_of(database) == MOST_WAITING_ROWS


def test_a_record_that_cannot_be_written_does_not_hold_up_the_next(recorder, database, caplog):
    recorder.add_change(change(alert_id=None))
    recorder.add_change(change("a2"))
    assert recorder.write_waiting()
    assert phases_of(database) == [("a2", "firing")]
    assert "given up" in caplog.text


def test_one_row_that_cannot_be_written_takes_no_other_with_it(recorder, database, caplog):
    odd = replace(row(10), counts_mean=(1.0,))
    for each in (row(0), odd, row(20)):
        recorder.add_history("door", each)
    assert recorder.write_waiting()
    assert rows_of(database) == 2
    assert caplog.text.count("given up") == 1


def test_rows_that_found_their_places_taken_are_counted(recorder, shaky):
    class Slow(ShakyDatabase):
        """Meanwhile the queue fills up again."""

        def session(self):
            for number in range(MOST_WAITING_ROWS):
                recorder.add_history("door", row(10 * number))
            return shaky.session()

    shaky.is_away = True
    recorder._database = Slow(shaky)
    recorder.add_history("door", row(0))
    assert not recorder.write_waiting()
    assert recorder.dropped_rows == 1


def test_the_thread_writes_what_is_left_when_it_is_stopped(shaky, database):
    stop = threading.Event()
    recorder = DatabaseRecorder(shaky, POLICY, stop)
    thread = threading.Thread(target=recorder.run)
    thread.start()
    stop.set()
    recorder.add_history("door", row(0))
    thread.join(10)
    assert not thread.is_alive()
    recorder.write_waiting()
    assert rows_of(database) == 1


def course_of(database):
    with database.session() as session:
        return [(alert.value, alert.peak) for alert in list_alerts(session)]


def test_the_newest_reading_of_an_open_alert_is_written(recorder, shaky, database):
    recorder.add_change(change(value=18.0))
    shaky.is_away = True
    recorder.add_reading(FIRING)
    recorder.add_reading(replace(FIRING, value=75.0, peak=80.0))
    assert not recorder.write_waiting()
    shaky.is_away = False
    assert recorder.write_waiting()
    assert course_of(database) == [(75.0, 80.0)]


def test_a_late_reading_leaves_what_is_over_as_it_was(recorder, database):
    recorder.add_change(change())
    recorder.add_change(change(kind="resolved", at_s=START_S + 5, value=3.0))
    before = (recorder.write_waiting(), course_of(database))
    recorder.add_reading(FIRING)
    assert (recorder.write_waiting(), course_of(database)) == before
