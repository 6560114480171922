import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from tests.audit_log import empty
from tests.patience import PATIENCE_S
from webapp.core.alert_rules import AlertRule
from webapp.core.alerts import Limits
from webapp.core.errors import NameTakenError
from webapp.core.rule_sources import ADMIN_PAGE, BUILT_IN, SETTINGS, UnusedSetting
from webapp.core.schedule import parse_schedule
from webapp.storage.audit import list_entries
from webapp.storage.rules import (
    SEEDED,
    delete_rule,
    list_rules,
    save_rule,
    seed_rules,
)
from webapp.storage.silences import add_silence, is_silent

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANGER = AlertRule(
    0,
    "Anger lasts",
    "expression",
    Limits(30, 20, 15, 10),
    expressions=("angry", "fröhlich"),
    min_faces=2,
    min_confidence=0.5,
    cooldown_s=300,
)


def rules(database):
    with database.session() as session:
        return list_rules(session)


@pytest.fixture
def seeded(database):
    with database.session() as session:
        assert seed_rules(session, [ANGER], NOW)
    return rules(database)[0].rule


def test_the_settings_seed_once_and_the_database_wins(database, seeded):
    with database.session() as session:
        assert not seed_rules(session, [replace(ANGER, name="Other")], NOW)
    (stored,) = rules(database)
    assert set(stored.sources().values()) == {BUILT_IN, *SETTINGS["expression"].values()}
    assert replace(stored.rule, id=0) == ANGER


def test_of_two_instances_that_start_at_once_one_seeds(database):
    both_looked, looked = threading.Barrier(2), threading.local()

    def wait_for_the_other(_link, _cursor, statement, *_):
        if statement.startswith("SELECT seedings") and not hasattr(looked, "once"):
            looked.once = True
            both_looked.wait(PATIENCE_S)

    def start(name):
        with database.session() as session:
            return seed_rules(session, [replace(ANGER, name=name)], NOW)

    event.listen(database.engine, "after_cursor_execute", wait_for_the_other)
    with ThreadPoolExecutor(2) as instances:
        outcomes = list(instances.map(start, ["Anger lasts", "Fear lasts"]))
    assert sorted(outcomes) == [False, True]
    assert len(rules(database)) == 1


def test_an_edit_is_kept_with_its_author(database, seeded):
    edited = replace(
        seeded, limits=Limits(50, 40, 20, 5), schedule=parse_schedule("mon 06:00-14:00")
    )
    with database.session() as session:
        save_rule(session, edited, "mira", NOW)
    (stored,) = rules(database)
    assert (stored.rule, stored.updated_by) == (edited, "mira")
    with database.session() as session:
        entry, seeding = list_entries(session)
    assert seeding.action == SEEDED
    assert (entry.author, entry.action) == ("mira", "rule changed")
    assert entry.details["Anger lasts"]["enter"] == 50
    assert "min_faces" not in entry.details["Anger lasts"], "it did not change"


def test_an_edited_value_is_of_the_admin_page_and_the_others_stay_of_the_settings(database, seeded):
    with database.session() as session:
        save_rule(session, replace(seeded, limits=Limits(50, 20, 15, 10)), "mira", NOW)
    (stored,) = rules(database)
    assert stored.sources()["enter"] == ADMIN_PAGE
    assert stored.sources()["exit"] == "ALERT_EXIT"
    later = [replace(ANGER, limits=Limits(40, 20, 15, 10)), replace(ANGER, kind="no_data")]
    assert stored.unused_settings(later) == [UnusedSetting("ALERT_ENTER", 40, 50)]


def test_a_rule_of_the_admin_page_knows_no_setting(database, seeded):
    with database.session() as session:
        stored = save_rule(session, replace(ANGER, name="Fear lasts"), "mira", NOW)
    assert set(stored.sources().values()) == {ADMIN_PAGE}
    assert stored.unused_settings([replace(ANGER, cooldown_s=7)]) == []


def test_rules_come_and_go(database, seeded):
    with database.session() as session:
        added = save_rule(session, replace(ANGER, name="Fear lasts", camera="door"), "mira", NOW)
    assert [stored.rule.name for stored in rules(database)] == ["Anger lasts", "Fear lasts"]
    with database.session() as session:
        assert delete_rule(session, added.rule.id, "mira", NOW)
        assert not delete_rule(session, added.rule.id, "mira", NOW)
    with database.session() as session:
        actions = [entry.action for entry in list_entries(session)]
    assert actions == ["rule removed", "rule added", SEEDED]


def test_a_database_whose_rules_were_all_removed_stays_without(database, seeded):
    with database.session() as session:
        delete_rule(session, seeded.id, "mira", NOW)
        assert not seed_rules(session, [ANGER], NOW)
    assert rules(database) == []


def test_a_database_whose_audit_log_was_emptied_is_not_seeded_again(database, seeded):
    with database.session() as session:
        empty(session)
    with database.session() as session:
        assert not seed_rules(session, [ANGER], NOW)
    assert len(rules(database)) == 1


def test_of_two_who_save_a_name_at_once_one_is_rejected(database, seeded):
    start = threading.Barrier(2)

    def save(author):
        start.wait(PATIENCE_S)
        try:
            with database.session() as session:
                save_rule(session, replace(ANGER, name="Fear lasts"), author, NOW)
        except NameTakenError:
            return "taken"
        return "saved"

    with ThreadPoolExecutor(2) as admins:
        assert sorted(admins.map(save, ["mira", "noor"])) == ["saved", "taken"]
    assert [stored.rule.name for stored in rules(database)] == ["Anger lasts", "Fear lasts"]


def test_an_unknown_rule_cannot_be_saved(database, seeded):
    with pytest.raises(KeyError), database.session() as session:
        save_rule(session, replace(seeded, id=99), "mira", NOW)


def test_a_rule_takes_its_silences_with_it(database, seeded):
    until = NOW + timedelta(days=30)
    with database.session() as session:
        quiet = save_rule(session, replace(ANGER, name="Quiet"), "mira", NOW).rule
        about = {"camera": None, "reason": "drill", "author": "mira", "now": NOW}
        add_silence(session, rule_id=quiet.id, until=until, **about)
    with database.session() as session:
        delete_rule(session, quiet.id, "mira", NOW)
        new = save_rule(session, replace(ANGER, name="Brand new"), "mira", NOW).rule
        for rule_id in {quiet.id, new.id}:
            assert not is_silent(session, "door", rule_id, NOW)
