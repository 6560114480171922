"""Tests of which cameras are kept as paused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from webapp.core.pauses import Pause
from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.storage.pauses import (
    pause_camera,
    paused_cameras,
    pauses_between,
    purge_pauses,
    resume_camera,
)

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def stored(database: Database) -> dict[str, datetime]:
    with database.session() as work:
        return {name: pause.since for name, pause in paused_cameras(work).items()}


def audit(database: Database) -> list[tuple[str, str, object]]:
    with database.session() as work:
        return [(e.author, e.action, e.details) for e in list_entries(work)]


def test_none_at_first(database: Database) -> None:
    assert stored(database) == {}


def test_a_pause_is_kept_and_noted(database: Database) -> None:
    with database.session() as work:
        assert pause_camera(work, Pause("door", NOW, "mira")) == NOW
    assert stored(database) == {"door": NOW}
    assert audit(database) == [("mira", "camera paused", {"camera": "door"})]


def test_a_second_pause_changes_nothing(database: Database) -> None:
    with database.session() as work:
        pause_camera(work, Pause("door", NOW, "mira"))
    with database.session() as work:
        assert pause_camera(work, Pause("door", LATER, "ben")) == NOW
    assert stored(database) == {"door": NOW}
    assert len(audit(database)) == 1


def test_a_resume_forgets_only_its_camera(database: Database) -> None:
    with database.session() as work:
        pause_camera(work, Pause("door", NOW, "mira"))
        pause_camera(work, Pause("hall", NOW, "mira"))
        resume_camera(work, "door", "ben", LATER)
    assert stored(database) == {"hall": NOW}
    assert audit(database)[0] == ("ben", "camera resumed", {"camera": "door"})


def test_a_resume_of_what_runs_is_not_noted(database: Database) -> None:
    with database.session() as work:
        resume_camera(work, "door", "mira", NOW)
    assert audit(database) == []


def test_a_pause_that_is_over_is_remembered_until_it_is_purged(database: Database) -> None:
    pause = Pause("door", NOW, "mira", "lens is cleaned", LATER)
    with database.session() as work:
        pause_camera(work, pause)
        assert paused_cameras(work) == {"door": pause}
        assert (pause.is_over(NOW), pause.is_over(LATER)) == (False, True)
        assert pauses_between(work, "door", NOW, LATER) == [pause]
        resume_camera(work, "door", "", LATER, because="its time was over")
        over = replace(pause, until=None, ended_at=LATER)
        assert pauses_between(work, "door", NOW, LATER) == [over]
        assert pauses_between(work, "door", LATER, LATER + timedelta(1)) == []
        assert pauses_between(work, "hall", NOW, LATER) == []
        assert (purge_pauses(work, LATER), purge_pauses(work, LATER + timedelta(1))) == (0, 1)
    assert audit(database) == [
        ("", "camera resumed", {"camera": "door", "because": "its time was over"}),
        ("mira", "camera paused", {"camera": "door", "until": LATER.isoformat()}),
    ]
