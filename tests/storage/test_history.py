import threading
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from alembic import command
from sqlalchemy import event, text

from tests.patience import PATIENCE_S
from webapp.core.history import HistoryRow
from webapp.storage.history import (
    MOST_PURGED_ROWS,
    camera_names,
    history_bounds,
    purge_history,
    read_history,
    write_history,
)
from webapp.storage.history_tables import RESOLUTIONS
from webapp.storage.upgrade import _alembic_config

CLASSES = ("angry", "neutral", "uncertain")
DAY_S = 86400
# As version 0008 wrote them.
OLD_ROW = """
    (camera_id, start_s, data_s, faces_s, faces_mean, faces_max, class_list_id, counts_mean,
     indicator_mean, indicator_max)
    SELECT cameras.id, 0, 10, 10, 1, 1, class_lists.id, :counts, 80, 90
    FROM cameras, class_lists
"""


def row(start_s: int, value: float = 1.0, data_s: float = 10.0, classes=CLASSES) -> HistoryRow:
    counts = tuple(value * (place + 1) for place in range(len(classes)))
    return HistoryRow(start_s, 10, data_s, data_s, value, 3, counts, classes, value, 2 * value)


def write(database, camera, *rows):
    with database.session() as session:
        for each in rows:
            write_history(session, camera, each)


def read(database, camera, from_s, to_s, most=500):
    with database.session() as session:
        return read_history(session, camera, from_s, to_s, most)


def test_what_is_written_is_read_back(database):
    write(database, "door", row(1000, 2.0), row(1010, 4.0))
    found = read(database, "door", 1000, 1020)
    assert found.start_s.tolist() == [1000, 1010]
    assert found.length_s == 10
    assert found.classes == CLASSES
    assert found.counts_mean.tolist() == [[2, 4, 6], [4, 8, 12]]
    assert found.indicator_max.tolist() == [4, 8]


def test_the_index_is_asked_with_whole_numbers(database):
    """As for no other, PostgreSQL uses it for both ends of a range."""
    write(database, "door", row(1000), row(1010), row(1020))
    asked = []

    def note(_connection, _cursor, statement, parameters, *_):
        if "FROM history" in statement:
            asked.extend(parameters.values() if isinstance(parameters, dict) else parameters)

    event.listen(database.engine, "before_cursor_execute", note)
    assert read(database, "door", 1000.5, 1020.5).start_s.tolist() == [1000, 1010, 1020]
    assert read(database, "door", 1010.0, 1020.0).start_s.tolist() == [1010]
    assert {type(value) for value in asked} == {int}


def test_every_resolution_says_the_same(database):
    write(database, "door", *[row(start_s, float(start_s // 10)) for start_s in range(0, 3600, 10)])
    for most, length_s in ((1000, 10), (100, 60), (2, 3600)):
        found = read(database, "door", 0, 3600, most)
        assert found.length_s == length_s
        assert len(found) == 3600 // length_s
        assert found.data_s.sum() == pytest.approx(3600)
        assert found.faces_mean.mean() == pytest.approx(179.5)
        assert found.counts_mean.mean(axis=0) == pytest.approx([179.5, 359, 538.5])


def test_old_rows_are_of_the_first_scale_and_never_averaged_with_new_ones(database):
    with database.session() as session:
        command.downgrade(_alembic_config(session.connection()), "0008")
        session.execute(text("INSERT INTO cameras (name) VALUES ('door')"))
        session.execute(text("""INSERT INTO class_lists (names) VALUES ('["angry"]')"""))
        counts = {"counts": np.array([1], "<f4").tobytes()}
        for table in RESOLUTIONS:
            session.execute(text(f"INSERT INTO {table.__tablename__} {OLD_ROW}"), counts)
    with database.session() as session:
        command.upgrade(_alembic_config(session.connection()), "head")
    write(database, "door", row(60, 4.0), row(70, 6.0))
    fine, whole = read(database, "door", 0, 3600), read(database, "door", 0, 3600, 2)
    assert (fine.start_s.tolist(), fine.scale.tolist()) == ([0, 60, 70], [1, 2, 2])
    assert (whole.scale.tolist(), whole.data_s.tolist()) == ([2], [30])
    assert (whole.indicator_mean.tolist(), whole.indicator_max.tolist()) == ([5], [12])
    assert len(read(database, "gone", 0, 3600).scale) == 0


def test_a_downgrade_keeps_the_rows_and_their_form(database):
    write(database, "door", row(1000, 2.0))
    with database.session() as session:
        command.downgrade(_alembic_config(session.connection()), "0008")
        if session.connection().dialect.name == "sqlite":
            made = session.scalars(text("SELECT sql FROM sqlite_master WHERE name LIKE 'history%'"))
            assert ["WITHOUT ROWID" in sql for sql in made] == [True] * len(RESOLUTIONS)
    with database.session() as session:
        command.upgrade(_alembic_config(session.connection()), "head")
    found = read(database, "door", 1000, 1010)
    assert (found.indicator_max.tolist(), found.scale.tolist()) == ([4], [1])


def test_a_restart_within_ten_seconds_adds_to_the_row(database):
    write(database, "door", row(1000, 2.0, data_s=3.0))
    write(database, "door", row(1000, 5.0, data_s=6.0))
    found = read(database, "door", 1000, 1010)
    assert found.data_s.tolist() == [9.0]
    assert found.faces_mean.tolist() == [4.0]


@pytest.mark.parametrize("data_s", [10.0, 7.0])
def test_a_row_that_is_written_again_counts_once(database, data_s):
    once = row(1000, 2.0, data_s=data_s)
    write(database, "door", once)
    write(database, "door", once, row(1010, 2.0))
    for most in (1000, 100, 2):
        assert read(database, "door", 0, 3600, most).data_s.sum() == data_s + 10


def test_cameras_are_kept_apart_and_an_unknown_one_has_no_history(database):
    write(database, "door", row(1000))
    write(database, "hall", row(1000, 9.0))
    assert read(database, "hall", 0, 2000).faces_mean.tolist() == [9.0]
    assert len(read(database, "gone", 0, 2000)) == 0
    with database.session() as session:
        assert history_bounds(session, "door") == (1000, 1010)
        assert history_bounds(session, "gone") is None
        assert camera_names(session) == ["door", "hall"]


def test_a_model_with_other_classes_leaves_both_readable(database):
    write(database, "door", row(1000, 1.0), row(1010, 2.0, classes=("calm", "angry")))
    found = read(database, "door", 1000, 1020)
    assert found.classes == ("angry", "neutral", "uncertain", "calm")
    np.testing.assert_allclose(found.counts_mean, [[1, 2, 3, 0], [4, 0, 0, 2]])


@pytest.mark.parametrize("classes", [(), CLASSES])
def test_ten_seconds_without_any_sample_know_no_classes(database, classes):
    write(database, "door", row(1000, classes=classes), row(1010, 0.0, data_s=0.0, classes=()))
    found = read(database, "door", 1000, 1020)
    assert found.classes == classes
    assert found.counts_mean.tolist() == [[1.0, 2.0, 3.0][: len(classes)], [0.0] * len(classes)]


def test_a_purge_takes_what_is_over_in_stretches(database):
    write(database, "door", *[row(day * DAY_S) for day in range(4)])
    write(database, "hall", row(0))
    counts = []
    while not counts or counts[-1]:
        with database.session() as session:
            counts.append(purge_history(session, 2 * DAY_S))
    assert sum(counts) == 3 * len(RESOLUTIONS)
    assert len(counts) > len(RESOLUTIONS), "all at once"
    assert read(database, "door", 0, 4 * DAY_S).start_s.tolist() == [2 * DAY_S, 3 * DAY_S]
    assert MOST_PURGED_ROWS * 10 < 2 * DAY_S


def test_a_failed_write_leaves_no_half_row(database):
    with pytest.raises(RuntimeError), database.session() as session:
        write_history(session, "door", row(1000))
        session.flush()
        raise RuntimeError
    assert len(read(database, "door", 0, 2000)) == 0


def test_days_begin_at_the_midnight_of_the_zone(database):
    rome = ZoneInfo("Europe/Rome")
    midnight = datetime(2026, 3, 29, tzinfo=rome).astimezone(UTC).timestamp()
    hours = range(int(midnight) - 3600, int(midnight) + 24 * 3600, 3600)
    write(database, "door", *[row(start_s) for start_s in hours])
    with database.session() as session:
        found = read_history(session, "door", midnight, midnight + 2 * DAY_S, 4, rome)
    assert found.start_s.tolist() == [midnight, midnight + 23 * 3600]
    assert found.data_s.tolist() == [230, 10]


@pytest.mark.parametrize(("most", "length_s"), [(3, DAY_S), (14, 2 * 3600)])
def test_an_hour_that_two_spans_share_is_divided_by_its_minutes(database, most, length_s):
    kolkata = ZoneInfo("Asia/Kolkata")
    midnight = int(datetime(2026, 3, 2, tzinfo=kolkata).timestamp())
    assert midnight % 3600 == 1800
    eve, day = row(midnight - 60, 1.0), row(midnight, 2.0)
    last, next_day = row(midnight + DAY_S - 60, 3.0), row(midnight + DAY_S, 5.0)
    write(database, "door", eve, day, row(midnight + 7200, 4.0), last, next_day)
    with database.session() as session:
        whole_day = midnight, midnight + DAY_S
        found = read_history(session, "door", *whole_day, most, kolkata)
    assert found.length_s == length_s
    assert found.start_s[0] == midnight
    assert found.data_s.sum() == 30
    assert (found.data_s @ found.faces_mean) / 30 == 3.0


def test_two_processes_meet_a_new_camera_at_once(database):
    second_waits = threading.Event()

    def second():
        with database.session() as session:
            session.connection()
            second_waits.set()
            write_history(session, "door", row(2000))

    thread = threading.Thread(target=second)
    with database.session() as session:
        write_history(session, "door", row(1000))
        session.flush()
        thread.start()
        assert second_waits.wait(PATIENCE_S)
        thread.join(0.2)
    thread.join(PATIENCE_S)
    assert read(database, "door", 0, 3000).start_s.tolist() == [1000, 2000]
