"""Tests of the migrations."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Float, MetaData, inspect, select, text

from tests.storage.rows import fill_tables
from webapp.core.access import Actor, Role
from webapp.core.errors import ConfigError, StorageError
from webapp.storage.accounts import list_accounts
from webapp.storage.alert_tables import SeedingRow
from webapp.storage.audit_chain import verify
from webapp.storage.database import Database
from webapp.storage.rules import list_rules, seed_rules
from webapp.storage.tables import Base
from webapp.storage.upgrade import _alembic_config, upgrade
from webapp.storage.users import add_user

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def is_other(_context: Any, _found: Any, _meant: Any, found_type: Any, meant_type: Any) -> Any:
    """Leave FLOAT(24) alone, which PostgreSQL calls REAL; None compares as usual."""
    both_float = isinstance(found_type, Float) and isinstance(meant_type, Float)
    return False if both_float else None


def test_from_zero_to_the_tables(database: Database) -> None:
    with database.session() as work:
        context = MigrationContext.configure(work.connection(), opts={"compare_type": is_other})
        assert compare_metadata(context, Base.metadata) == []
        assert set(inspect(work.connection()).get_table_names()) >= {
            "users",
            "sessions",
            "paused_cameras",
        }


def test_twice_is_as_good_as_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'folder' / 'evenkeel.db'}"
    upgrade(url)
    upgrade(url)
    database = Database(url)
    database.check()
    database.close()
    assert capsys.readouterr() == ("", "")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be made"):
        upgrade(f"sqlite:///{tmp_path / 'file' / 'evenkeel.db'}")


def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    with database.session() as work:
        work.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    url = database.engine.url.render_as_string(hide_password=False)
    with pytest.raises(StorageError, match=r"newer version.*9999.*restore a backup"):
        upgrade(url)


@pytest.mark.parametrize("url", ["", "evenkeel.db", "oracle://user:secret@host/name"])
def test_a_url_that_cannot_be_used(url: str) -> None:
    with pytest.raises(ConfigError, match=r"DATABASE_URL: expected a URL") as caught:
        upgrade(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="expected an SQLite file"):
        upgrade(url)


UNEDITED = {
    "name": "Anger lasts",
    "kind": "expression",
    "camera": None,
    "expressions": '["angry"]',
    "enter": 17.0,
    "exit": 12.0,
    "hold_s": 15.0,
    "clear_s": 10.0,
    "min_faces": 1,
    "min_confidence": 0.0,
    "cooldown_s": 300.0,
    "schedule": "",
    "is_enabled": True,
}
AT_REVISION_3 = f"""
    INSERT INTO alert_rules ({", ".join(UNEDITED)}, source, updated_at, updated_by)
    VALUES ({", ".join(f":{name}" for name in UNEDITED)}, :source, '2026-03-02 12:00:00', '')
"""


def test_rules_of_an_earlier_version_keep_what_is_known_of_their_values(
    database: Database,
) -> None:
    with database.session() as work:
        command.downgrade(_alembic_config(work.connection()), "0003")
        work.execute(text(AT_REVISION_3), UNEDITED | {"source": "environment"})
        edited = UNEDITED | {"name": "Fear lasts", "source": "admin page"}
        work.execute(text(AT_REVISION_3), edited)
    with database.session() as work:
        command.upgrade(_alembic_config(work.connection()), "head")
    with database.session() as work:
        unedited, edited_rule = list_rules(work)
    assert unedited.seed == UNEDITED | {"least_people": 0, "least_share": 0.0, "advice": ""}
    assert unedited.sources()["least_people"] == "ALERT_LEAST_PEOPLE"
    assert edited_rule.seed is None


AUDITED = "INSERT INTO audit_log (at, author, action, details) VALUES (:at, '', :action, '[]')"
AT_REVISION_5 = f"""
    INSERT INTO alert_rules ({", ".join(UNEDITED)}, updated_at, updated_by)
    VALUES ({", ".join(f":{name}" for name in UNEDITED)}, '2026-03-02 12:00:00', '')
"""
AT = {"at": "2026-03-02 11:00:00"}


@pytest.mark.parametrize(
    ("statements", "seeded_at"),
    [
        ({}, None),
        ({AUDITED: AT | {"action": "rule removed"}}, None),
        ({AUDITED: AT | {"action": "rules seeded"}}, datetime(2026, 3, 2, 11, tzinfo=UTC)),
        ({AT_REVISION_5: UNEDITED}, datetime(2026, 3, 2, 12, tzinfo=UTC)),
    ],
)
def test_that_rules_were_seeded_is_known_after_an_upgrade(
    database: Database, statements: dict[str, dict[str, Any]], seeded_at: datetime | None
) -> None:
    with database.session() as work:
        command.downgrade(_alembic_config(work.connection()), "0005")
        for statement, values in statements.items():
            work.execute(text(statement), values)
    with database.session() as work:
        command.upgrade(_alembic_config(work.connection()), "head")
    with database.session() as work:
        assert work.scalar(select(SeedingRow.at)) == seeded_at
        assert seed_rules(work, [], NOW) == (seeded_at is None)


def test_who_was_no_admin_manages_after_an_upgrade(database: Database) -> None:
    with database.session() as work:
        for name, role in (("boss", Role.ADMIN), ("anna", Role.MANAGER), ("vic", Role.VIEWER)):
            add_user(work, name, "hash", NOW, role=role)
    with database.session() as work:
        command.downgrade(_alembic_config(work.connection()), "0016")
        was_admin = dict(work.execute(text("SELECT username, is_admin FROM users")).all())
    assert {name: bool(value) for name, value in was_admin.items()} == {
        "boss": True,
        "anna": False,
        "vic": False,
    }
    with database.session() as work:
        command.upgrade(_alembic_config(work.connection()), "head")
    with database.session() as work:
        actors = {each.user.username: each.user.actor for each in list_accounts(work, NOW)}
    manager = Actor(Role.MANAGER)
    assert actors == {"boss": Actor(Role.ADMIN), "anna": manager, "vic": manager}


def test_rows_of_every_earlier_version_last(database: Database) -> None:
    """Rows are put in at each revision, and go through all that follow."""
    expected: list[tuple[str, dict[str, Any]]] = []
    with database.session() as work:
        connection = work.connection()
        config = _alembic_config(connection)
        scripts = list(ScriptDirectory.from_config(config).walk_revisions())
        command.downgrade(config, "base")
        for mark, script in enumerate(reversed(scripts), start=1):
            command.upgrade(config, script.revision)
            expected += fill_tables(connection, mark).items()
    tables = MetaData()
    with database.session() as work:
        tables.reflect(work.connection())
        for name, row in expected:
            table = tables.tables[name]
            key = [column == row[column.name] for column in table.primary_key]
            found = work.execute(select(table).where(*key)).mappings().one()
            # Migrations put what is new into the first values of rules.
            assert all(
                _same(found[column], value)
                for column, value in row.items()
                if column in found and column != "seed"
            ), (name, row, found)
        assert not verify(work).fault
        assert len({name for name, _ in expected}) > 20


def _same(found: Any, put: Any) -> bool:
    """Whether values are the same; SQLite keeps times without their zone."""
    if isinstance(found, datetime) and found.tzinfo is None:
        return found == put.replace(tzinfo=None)
    return bool(found == put)
