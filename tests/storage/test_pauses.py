"""Tests of which cameras are kept as paused."""

from datetime import UTC, datetime, timedelta

from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.storage.pauses import pause_camera, paused_cameras, resume_camera

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def stored(database: Database) -> dict[str, datetime]:
    with database.session() as work:
        return paused_cameras(work)


def audit(database: Database) -> list[tuple[str, str, object]]:
    with database.session() as work:
        return [(e.author, e.action, e.details) for e in list_entries(work)]


def test_none_at_first(database: Database) -> None:
    assert stored(database) == {}


def test_a_pause_is_kept_and_noted(database: Database) -> None:
    with database.session() as work:
        assert pause_camera(work, "door", "mira", NOW) == NOW
    assert stored(database) == {"door": NOW}
    assert audit(database) == [("mira", "camera paused", {"camera": "door"})]


def test_a_second_pause_changes_nothing(database: Database) -> None:
    with database.session() as work:
        pause_camera(work, "door", "mira", NOW)
    with database.session() as work:
        assert pause_camera(work, "door", "ben", LATER) == NOW
    assert stored(database) == {"door": NOW}
    assert len(audit(database)) == 1


def test_a_resume_forgets_only_its_camera(database: Database) -> None:
    with database.session() as work:
        pause_camera(work, "door", "mira", NOW)
        pause_camera(work, "hall", "mira", NOW)
        resume_camera(work, "door", "ben", LATER)
    assert stored(database) == {"hall": NOW}
    assert audit(database)[0] == ("ben", "camera resumed", {"camera": "door"})


def test_a_resume_of_what_runs_is_not_noted(database: Database) -> None:
    with database.session() as work:
        resume_camera(work, "door", "mira", NOW)
    assert audit(database) == []
