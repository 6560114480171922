"""Tests of the audit log as a chain, on both databases."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context

import pytest
from alembic import command
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DatabaseError

from tests.audit_log import unguarded
from tests.patience import PATIENCE_S
from webapp.storage import audit_chain
from webapp.storage.alert_tables import AuditCheckpointRow, AuditRow, SeedingRow
from webapp.storage.audit import EVERYTHING, AuditFilter, AuditKind, list_entries, note
from webapp.storage.audit_chain import end_of_chain, purge_audit, verify
from webapp.storage.database import Database
from webapp.storage.upgrade import _alembic_config

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WRITERS, EACH = 4, 12


def fill(database, *days, author="mira"):
    """Note an entry of each of these days, each in a transaction of its own."""
    for day in days:
        with database.session() as work:
            note(work, author, "rule changed", {"día": day, "camera": "door"}, NOW + day * DAY)


def report(database, head=""):
    with database.session() as work:
        return verify(work, head)


def write(url, author):
    """Note entries as fast as it goes; a process of its own does it."""
    database = Database(url)
    fill(database, *range(EACH), author=author)
    database.close()


def test_what_several_threads_and_processes_note_is_one_chain(database):
    url = database.engine.url.render_as_string(hide_password=False)
    process = get_context("spawn").Process(target=write, args=(url, "process"))
    process.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        done = [
            pool.submit(fill, database, *range(EACH), author=f"thread {number}")
            for number in range(WRITERS)
        ]
    process.join(60)
    assert process.exitcode == 0
    assert [each.result() for each in done] == [None] * WRITERS
    found = report(database)
    assert not found.fault and found.count == (WRITERS + 1) * EACH == found.last_id


def test_who_notes_before_a_change_does_not_wait_in_a_circle(database):
    """One notes and then changes a row that another has changed who notes, too."""
    with database.session() as work:
        work.add(SeedingRow(subject="rules", at=NOW))
    change, has_noted = update(SeedingRow).values(at=NOW + DAY), threading.Event()

    def note_first():
        with database.session() as work:
            note(work, "ada", "rule changed", {}, NOW)
            has_noted.set()
            work.execute(change)

    with ThreadPoolExecutor(1) as pool:
        with database.session() as work:
            work.execute(change)
            other = pool.submit(note_first)
            assert has_noted.wait(PATIENCE_S)
            note(work, "bo", "rule changed", {}, NOW)
        other.result()
    assert report(database).count == 2


def test_an_entry_stands_or_falls_with_its_change(database):
    with pytest.raises(ZeroDivisionError), database.session() as work:
        note(work, "mira", "rule changed", {}, NOW)
        raise ZeroDivisionError
    assert report(database).count == 0


@pytest.mark.parametrize(
    "tamper",
    [
        update(AuditRow).where(AuditRow.id == 2).values(details='{"camera": "hall"}'),
        update(AuditRow).where(AuditRow.id == 2).values(author="otto"),
        delete(AuditRow).where(AuditRow.id == 2),
    ],
    ids=["changed", "other author", "removed"],
)
def test_the_database_refuses_to_touch_an_entry_and_without_its_guard_it_is_found(database, tamper):
    fill(database, 0, 1, 2)
    with pytest.raises(DatabaseError, match="only grows"), database.engine.begin() as connection:
        connection.execute(tamper)
    assert not report(database).fault
    with database.session() as work, unguarded(work):
        work.execute(tamper)
    assert report(database).fault.startswith(f"Entry {2 + tamper.is_delete} ")


def test_a_purge_removes_what_is_old_and_the_rest_stays_one_chain(database, monkeypatch):
    monkeypatch.setattr(audit_chain, "MOST_PURGED", 2)
    fill(database, 0, 1, 2, 3, 4)
    head = report(database).head
    removed = []
    while not removed or removed[-1]:
        with database.session() as work:
            removed.append(purge_audit(work, NOW + 3 * DAY, NOW + 9 * DAY))
    assert removed == [2, 1, 0]
    found = report(database, head)
    assert not found.fault and found.checkpoint
    assert (found.checkpoint.last_id, found.checkpoint.removed, found.count) == (3, 3, 4)
    with database.session() as work:
        newest, *_ = list_entries(work)
        assert newest.action == "audit log purged" and newest.details["entries"] == 3
        assert work.scalar(select(func.count()).select_from(AuditCheckpointRow)) == 1


def test_an_old_entry_behind_a_younger_one_stays_until_that_is_old_too(database):
    fill(database, 0, 5, 1)
    with database.session() as work:
        assert purge_audit(work, NOW + 3 * DAY, NOW + 9 * DAY) == 1
    assert not report(database).fault


def test_a_purge_while_the_chain_is_walked_along_is_no_fault(database, monkeypatch):
    fill(database, 0, 1, 2, 3)
    walk, walks = audit_chain._entries, []

    def purged_before(session):
        if not walks:
            with database.session() as other:
                purge_audit(other, NOW + 2 * DAY, NOW + 3 * DAY)
        walks.append(1)
        return walk(session)

    monkeypatch.setattr(audit_chain, "_entries", purged_before)
    assert not report(database).fault and len(walks) == 2


def test_everything_may_go_and_the_chain_goes_on(database):
    fill(database, 0, 1)
    with database.session() as work:
        assert purge_audit(work, NOW + 3 * DAY, NOW + 3 * DAY) == 2
    fill(database, 4)
    found = report(database)
    assert not found.fault and (found.count, found.last_id) == (2, 4)


@pytest.mark.parametrize("what", ["checkpoint", "entries after it"])
def test_what_is_removed_after_a_purge_is_found(database, what):
    fill(database, 0, 1, 2, 3)
    with database.session() as work:
        purge_audit(work, NOW + 2 * DAY, NOW + 3 * DAY)
    with database.session() as work, unguarded(work):
        if what == "checkpoint":
            work.execute(delete(AuditCheckpointRow))
        else:
            work.execute(delete(AuditRow).where(AuditRow.id == 3))
    assert report(database).fault


def test_entries_of_before_are_chained_as_they_are(database):
    """By the migration, also where numbers are left out."""
    fill(database, 0, 1, 2)
    with database.session() as work:
        config = _alembic_config(work.connection())
        command.downgrade(config, "0016")
        work.execute(text("DELETE FROM audit_log WHERE id = 2"))
        command.upgrade(config, "0019")
    fill(database, 3)
    found = report(database)
    assert not found.fault and (found.count, found.last_id) == (3, 4)


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (AuditFilter(), [5, 4, 3, 2, 1]),
        (AuditFilter(frozenset({AuditKind.CHANGES})), [2, 1]),
        (AuditFilter(frozenset({AuditKind.WATCHING, AuditKind.PURPOSES})), [5, 4]),
        (AuditFilter(author="MIRA"), [5, 1]),
        (AuditFilter(camera="door"), [5, 2]),
        (AuditFilter(camera="doo_"), []),
        (AuditFilter(start=NOW + DAY, end=NOW + 3 * DAY), [3, 2]),
    ],
    ids=["all", "changes", "several kinds", "author", "camera", "no pattern", "time"],
)
def test_what_is_asked_for(database, wanted, ids):
    with database.session() as work:
        for day, (author, action, details) in enumerate(
            (
                ("Mira", "user added", {"user": "door"}),
                ("otto", "camera changed", {"camera": "door"}),
                ("otto", "signed in", {}),
                ("otto", "purpose stated", {"camera": "hall"}),
                ("mira", "watched", {"cameras": ["hall", "door", "desk"], "kind": "doo_"}),
            )
        ):
            note(work, author, action, details, NOW + day * DAY)
    with database.session() as work:
        assert [entry.id for entry in list_entries(work, wanted=wanted)] == ids
        assert end_of_chain(work) == (5, list_entries(work, wanted=EVERYTHING)[0].sha256)


def test_details_are_stored_as_they_were_hashed(database):
    fill(database, 0)
    with database.session() as work:
        assert json.loads(work.scalar(select(AuditRow.details)))["día"] == 0
