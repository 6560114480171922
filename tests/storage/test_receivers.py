"""Tests of the table of receivers."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from tests.receivers import NOW, SEALER
from tests.storage.test_alerts import RULE, change
from webapp.core.errors import NameTakenError, SealError
from webapp.core.receivers import AlertReceiver, Scope, Target
from webapp.core.schedule import parse_schedule
from webapp.storage.alert_tables import OutboxRow
from webapp.storage.alerts import record_change
from webapp.storage.audit import list_entries
from webapp.storage.outbox import newest_messages, post, undelivered
from webapp.storage.receivers import (
    REMOVED,
    SWITCHED_OFF,
    delete_receiver,
    list_receivers,
    save_receiver,
    seed_receivers,
)
from webapp.storage.rules import delete_rule, save_rule
from webapp.storage.sealing import Sealer

URL = "mailto://mira:hunter2@example.org"
MAIL = AlertReceiver(0, "Mira", "mailto://example.org")


def stored(database):
    with database.session() as session:
        return list_receivers(session)


@pytest.fixture
def mail(database):
    """One receiver, added on the page."""
    with database.session() as session:
        return save_receiver(session, MAIL, "noor", NOW, SEALER, URL)


def post_to(database, target):
    with database.session() as session:
        record_change(session, change())
        post(session, "a1", "firing", [target], "Anger lasts", "", NOW)


def test_the_settings_fill_it_once_and_what_waits_goes_on_waiting(database):
    seeds = [Target("digest", "ntfy://host", "ntfy://host/topic")]
    post_to(database, "digest")
    with database.session() as session:
        assert seed_receivers(session, SEALER, seeds, NOW)
        assert not seed_receivers(session, SEALER, [*seeds, *seeds], NOW)
    (seeded,) = stored(database)
    assert (seeded.receiver.name, seeded.updated_by) == ("ntfy://host", "")
    assert seeded.target(SEALER) == replace(seeds[0], key=seeded.key)
    with database.session() as session:
        assert session.scalars(select(OutboxRow.target)).all() == [seeded.key]
        delete_receiver(session, seeded.receiver.id, "noor", NOW)
        assert not seed_receivers(session, SEALER, seeds, NOW), "the page wins"


def test_an_address_is_nowhere_but_sealed(database, mail):
    with database.session() as session:
        everything = [
            str(row)
            for table in ("receivers", "audit_log")
            for row in session.execute(text(f"SELECT * FROM {table}"))
        ]
    assert "hunter2" not in f"{everything}{mail}"
    with pytest.raises(SealError):
        mail.target(Sealer("another secret key"))


def test_a_change_keeps_key_and_address_and_is_noted(database, mail):
    with database.session() as session:
        rule = save_rule(session, replace(RULE, id=0), "mira", NOW).rule
        scope = Scope(frozenset({rule.id}), frozenset({"door"}), parse_schedule("mon 06:00-14:00"))
        changed = replace(mail.receiver, name="Shift lead", scope=scope)
        saved = save_receiver(session, changed, "noor", NOW, SEALER)
    with database.session() as session:
        entry = list_entries(session)[0]
    assert (saved.receiver, saved.key, saved.target(SEALER).url) == (changed, mail.key, URL)
    assert entry.details == {
        "Mira": {
            "name": "Shift lead",
            "rules": [rule.name],
            "cameras": ["door"],
            "hours": "mon 06:00-14:00",
        }
    }
    with database.session() as session:
        new = save_receiver(session, changed, "noor", NOW, SEALER, "mailto://a:b@example.net")
    with database.session() as session:
        assert list_entries(session)[0].details == {"Shift lead": {"new address": True}}
    assert (new.key, new.target(SEALER).url) == (mail.key, "mailto://a:b@example.net")


def test_a_name_is_one_receiver_s_and_one_that_is_gone_cannot_be_changed(database, mail):
    with database.session() as session, pytest.raises(NameTakenError):
        save_receiver(session, MAIL, "noor", NOW, SEALER, URL)
    with database.session() as session, pytest.raises(KeyError):
        save_receiver(session, replace(MAIL, id=99, name="x"), "noor", NOW, SEALER)


@pytest.mark.parametrize("is_removed", [False, True])
def test_what_waits_for_one_that_is_gone_is_given_up(database, mail, is_removed):
    post_to(database, mail.key)
    with database.session() as session:
        if is_removed:
            assert delete_receiver(session, mail.receiver.id, "noor", NOW)
            assert not delete_receiver(session, mail.receiver.id, "noor", NOW)
        else:
            off = replace(mail.receiver, is_enabled=False)
            save_receiver(session, off, "noor", NOW + timedelta(1), SEALER)
        (message,) = newest_messages(session, mail.key, 5)
        assert (message.sent_at, message.failed_at is None) == (None, False)
        assert message.last_error == (REMOVED if is_removed else SWITCHED_OFF)
        assert undelivered(session, but=[mail.key]) == []
        assert undelivered(session) == [message]


def test_the_number_of_a_removed_rule_means_nothing_to_a_receiver(database, mail):
    with database.session() as session:
        rule = save_rule(session, replace(RULE, id=0), "mira", NOW).rule
        of_rule = replace(mail.receiver, scope=Scope(rules=frozenset({rule.id})))
        save_receiver(session, of_rule, "noor", NOW, SEALER)
        delete_rule(session, rule.id, "noor", NOW)
    assert stored(database)[0].receiver.scope.rules == frozenset()
