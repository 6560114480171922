import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.alerting.fakes import ShakyDatabase
from tests.patience import PATIENCE_S
from tests.storage.test_alerts import START_S, change
from tests.storage.test_history import row
from tests.storage.test_notices import POLICY
from webapp.core.alerts import AlertState, Phase
from webapp.core.played_alert import PLAYED_RULE
from webapp.recording.recorder import (
    FIRST_RETRY_S,
    MOST_AT_ONCE,
    MOST_WAITING_ROWS,
    DatabaseRecorder,
)
from webapp.storage.alerts import list_alerts
from webapp.storage.history import read_history
from webapp.storage.lease_tables import LeaseRow

FIRING = AlertState(phase=Phase.FIRING, alert_id="a1", value=40.0, peak=50.0)


@pytest.fixture
def shaky(database):
    return ShakyDatabase(database)


@pytest.fixture
def recorder(shaky):
    return DatabaseRecorder(shaky, POLICY)


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
    logged = [record.message for record in caplog.records if "wait to be written" in record.message]
    assert len(logged) == 1, "once, not at every try"


def test_what_the_database_did_not_take_until_the_end_is_named(recorder, shaky, caplog):
    shaky.is_away = True
    recorder.add_change(change())
    recorder.serves(lambda: None)()
    recorder.run()
    assert "lost with the end of this process" in caplog.text


def test_after_an_hour_the_oldest_rows_are_dropped_and_counted(recorder, shaky, database):
    shaky.is_away = True
    for number in range(MOST_WAITING_ROWS + 7):
        recorder.add_history("door", row(10 * number))
    assert not recorder.write_waiting()
    shaky.is_away = False
    assert recorder.write_waiting()
    assert recorder.dropped_rows == 7
    assert rows_of(database) == MOST_WAITING_ROWS


@contextmanager
def refusing(database, alert_id):
    """Let the database refuse to store one alert, as a constraint does that nobody foresaw."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE TRIGGER refuse BEFORE INSERT ON alerts WHEN NEW.id = '{alert_id}' "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    yield
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER refuse")


def test_a_change_that_is_refused_holds_up_no_other_and_is_tried_again(recorder, database):
    with refusing(database, "a1"):
        recorder.add_change(change())
        recorder.add_change(change("a2"))
        recorder.add_change(change(kind="resolved", at_s=START_S + 5))
        recorder.add_history("door", row(0))
        assert recorder.write_waiting(0.0)
        assert phases_of(database) == [("a2", "firing")]
        assert rows_of(database) == 1
        assert recorder.trouble == "Changes of alerts that are tried again: 2 (IntegrityError)."
        assert recorder.write_waiting(FIRST_RETRY_S)
    assert recorder.write_waiting(FIRST_RETRY_S + 1)
    assert phases_of(database) == [("a2", "firing")], "it waits twice as long the second time"
    assert recorder.write_waiting(3 * FIRST_RETRY_S)
    assert sorted(phases_of(database)) == [("a1", "resolved"), ("a2", "firing")]
    assert recorder.trouble == ""


def test_what_was_set_aside_waits_while_the_database_is_away(recorder, shaky, database):
    with refusing(database, "a1"):
        recorder.add_change(change())
        assert recorder.write_waiting(0.0)
    shaky.is_away = True
    assert not recorder.write_waiting(100.0)
    assert recorder.trouble == "The database is locked."
    shaky.is_away = False
    assert recorder.write_waiting(100.0)
    assert phases_of(database) == [("a1", "firing")]


def test_what_was_set_aside_gets_a_last_try_and_is_named_when_it_is_lost(
    recorder, database, caplog
):
    recorder.add_change(change())
    with refusing(database, "a1"):
        recorder.serves(lambda: None)()
        recorder.run()
    assert "lost with the end of this process" in caplog.text
    assert "alert_id='a1'" in caplog.text


def test_one_row_that_cannot_be_written_takes_no_other_with_it(recorder, database, caplog):
    odd = replace(row(10), counts_mean=(1.0,))
    for each in (row(0), odd, row(20)):
        recorder.add_history("door", each)
    assert recorder.write_waiting()
    assert rows_of(database) == 2
    assert caplog.text.count("given up") == 1
    assert recorder.dropped_rows == 1


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


def test_as_many_hours_may_wait_as_there_are_cameras_now(shaky):
    cameras = ["door", "hall"]
    recorder = DatabaseRecorder(shaky, POLICY, lambda: len(cameras))
    for number in range(2 * MOST_WAITING_ROWS + 1):
        recorder.add_history("door", row(10 * number))
    assert recorder.dropped_rows == 1
    cameras.append("gate")
    recorder.add_history("door", row(0))
    assert recorder.dropped_rows == 1
    cameras.clear()
    recorder.add_history("door", row(0))
    assert recorder.dropped_rows == 1 + MOST_WAITING_ROWS + 2


def test_the_thread_ends_after_the_last_loop_it_serves_and_writes_what_is_left(recorder, database):
    may_end = threading.Event()

    def slow():
        assert may_end.wait(PATIENCE_S)
        recorder.add_history("door", row(10))

    loops = [
        recorder.serves(lambda: recorder.add_history("door", row(0))),
        recorder.serves(slow),
        recorder.run,
    ]
    quick, *threads = [threading.Thread(target=loop) for loop in loops]
    for thread in (quick, *threads):
        thread.start()
    quick.join(PATIENCE_S)
    assert threads[-1].is_alive()
    may_end.set()
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
    assert rows_of(database) == 2


def readings_of(database):
    with database.session() as session:
        return [(alert.value, alert.peak) for alert in list_alerts(session)]


def test_the_newest_reading_of_an_open_alert_is_written(recorder, shaky, database):
    recorder.add_change(change(value=18.0))
    shaky.is_away = True
    recorder.add_reading("door", FIRING)
    recorder.add_reading("door", replace(FIRING, value=75.0, peak=80.0))
    assert not recorder.write_waiting()
    shaky.is_away = False
    assert recorder.write_waiting()
    assert readings_of(database) == [(75.0, 80.0)]


def test_a_late_reading_leaves_what_is_over_as_it_was(recorder, database):
    recorder.add_change(change())
    recorder.add_change(change(kind="resolved", at_s=START_S + 5, value=3.0))
    before = (recorder.write_waiting(), readings_of(database))
    recorder.add_reading("door", FIRING)
    assert (recorder.write_waiting(), readings_of(database)) == before


def held_under(database, token, *cameras):
    with database.session() as session:
        for name in cameras:
            until = datetime(2026, 11, 29, tzinfo=UTC)
            session.merge(LeaseRow(kind="camera", name=name, holder="w", token=token, until=until))


def test_what_was_made_under_a_lease_that_another_took_is_dropped_and_counted(
    shaky, database, caplog
):
    tokens = {"door": 1, "hall": 1}
    held_under(database, 1, *tokens)
    recorder = DatabaseRecorder(shaky, POLICY, token_of=tokens.get)
    recorder.add_change(change("a0"))
    assert recorder.write_waiting()
    shaky.is_away = True
    recorder.add_change(change("a0", kind="resolved", at_s=START_S + 5))
    recorder.add_change(change("a1"))
    recorder.add_reading("door", replace(FIRING, alert_id="a0", value=90.0))
    for camera in ("door", "hall", "gate"):
        recorder.add_history(camera, row(0))
    recorder.add_change(change("a2", camera="hall"))
    recorder.add_change(replace(change("a3", camera="gate"), rule=PLAYED_RULE))
    assert not recorder.write_waiting()
    # Another worker had the door meanwhile, and this one has it again.
    tokens["door"] = 3
    held_under(database, 3, "door")
    recorder.add_history("door", row(10))
    shaky.is_away = False
    assert recorder.write_waiting()
    phases = {"a0": "firing", "a2": "firing", "a3": "firing"}
    assert dict(phases_of(database)) == phases
    with database.session() as session:
        assert {alert.value for alert in list_alerts(session)} == {40.0}
    assert [rows_of(database, name) for name in ("door", "hall", "gate")] == [1, 1, 0]
    assert (recorder.fenced, recorder.dropped_rows) == (5, 0)
    assert caplog.text.count("is another worker's now") == 2
