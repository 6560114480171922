"""Tests of codes and recovery codes: each good once, for its user alone."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import text

from webapp.core.access import Role
from webapp.core.errors import SealError
from webapp.storage.audit import EVERYTHING, list_entries
from webapp.storage.database import Database
from webapp.storage.sealing import Sealer
from webapp.storage.second_factor import (
    RECOVERY_CODES,
    accept_code,
    add_second_factor,
    count_recovery_codes,
    key_uri,
    new_key,
    remove_second_factor,
    renew_recovery_codes,
    step_of,
)
from webapp.storage.tables import UserRow
from webapp.storage.users import User, add_user, user_by_id

NOW = datetime(2026, 11, 28, 12, 0, 10, tzinfo=UTC)
LATER = NOW + timedelta(minutes=2)
TABLES = ("users", "recovery_codes", "audit_log")
SEALER, KEY = Sealer("the key of the web"), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_at(at: datetime) -> str:
    return pyotp.TOTP(KEY).at(at)


@pytest.fixture
def user(database: Database) -> User:
    """Somebody whose phone showed the code of now to begin with."""
    with database.session() as work:
        added = add_user(work, "anna", "hash", NOW, role=Role.ADMIN)
        step = step_of(KEY, code_at(NOW), NOW)
        assert step
        add_second_factor(work, added, KEY, step, SEALER, NOW)
    with database.session() as work:
        return user_by_id(work, added.id)


@pytest.mark.parametrize(("off_s", "is_good"), [(0, True), (-30, True), (30, True), (60, False)])
def test_the_neighbours_of_the_code_of_now_are_good(off_s, is_good):
    code = code_at(NOW + timedelta(seconds=off_s))
    assert (step_of(KEY, code, NOW) is not None) is is_good
    assert step_of(KEY, "١٢٣٤٥٦", NOW) is None


def test_a_code_is_good_once(database: Database, user: User) -> None:
    with database.session() as work:
        assert not accept_code(work, user, code_at(NOW), SEALER, NOW), "it switched it on"
        code = code_at(LATER)
        assert accept_code(work, user, f" {code[:3]} {code[3:]}", SEALER, LATER)
        assert not accept_code(work, user, code, SEALER, LATER)
        assert not accept_code(work, user, code_at(LATER - timedelta(seconds=30)), SEALER, LATER)
        assert accept_code(work, user, code_at(LATER + timedelta(seconds=30)), SEALER, LATER)


def test_a_recovery_code_is_good_once_and_noted(database: Database, user: User) -> None:
    with database.session() as work:
        codes = renew_recovery_codes(work, user, NOW)
        assert len(set(codes)) == RECOVERY_CODES == count_recovery_codes(work, user.id)
        assert accept_code(work, user, codes[0].upper(), SEALER, NOW)
        assert not accept_code(work, user, codes[0], SEALER, NOW)
        assert accept_code(work, user, codes[1].replace("-", " "), SEALER, NOW)
    with database.session() as work:
        entry = list_entries(work, 1, wanted=EVERYTHING)[0]
        assert (entry.action, entry.details) == ("recovery code used", {"left": RECOVERY_CODES - 2})
        renew_recovery_codes(work, user, NOW)
        assert not accept_code(work, user, codes[2], SEALER, NOW)


def test_nobody_else_s_code_or_key_is_good(database: Database, user: User) -> None:
    with database.session() as work:
        codes = renew_recovery_codes(work, user, NOW)
        ben = add_user(work, "ben", "hash", NOW, role=Role.ADMIN)
        for code in (codes[0], code_at(LATER)):
            assert not accept_code(work, ben, code, SEALER, LATER)
        # A row that somebody changes in the database opens nothing either.
        rows = {row.username: row for row in work.query(UserRow)}
        rows["ben"].totp_key = rows["anna"].totp_key
        work.flush()
        with pytest.raises(SealError):
            accept_code(work, ben, code_at(LATER), SEALER, LATER)


def test_nothing_in_the_database_gives_a_code_away(database: Database, user: User) -> None:
    with database.session() as work:
        codes = renew_recovery_codes(work, user, NOW)
        dump = str([work.execute(text(f"SELECT * FROM {table}")).all() for table in TABLES])
    assert "anna" in dump
    assert KEY not in dump
    assert not any(code in dump or code.replace("-", "") in dump for code in codes)


def test_with_another_key_of_the_server_recovery_codes_are_still_good(
    database: Database, user: User
) -> None:
    other = Sealer("another key of the web")
    with database.session() as work:
        codes = renew_recovery_codes(work, user, NOW)
        with pytest.raises(SealError):
            accept_code(work, user, code_at(LATER), other, LATER)
        assert accept_code(work, user, codes[0], other, LATER)


def test_removed(database: Database, user: User) -> None:
    with database.session() as work:
        codes = renew_recovery_codes(work, user, NOW)
        remove_second_factor(work, user, "boss", NOW)
        after = user_by_id(work, user.id)
        assert not after.has_second_factor
        for code in (codes[0], code_at(LATER)):
            assert not accept_code(work, after, code, SEALER, LATER)
        remove_second_factor(work, after, "boss", NOW)
    with database.session() as work:
        removals = [e for e in list_entries(work) if e.action == "second factor removed"]
        assert [entry.author for entry in removals] == ["boss"]


def test_apps_read_the_key_from_an_address():
    assert key_uri(KEY, "jü&a").startswith(f"otpauth://totp/Evenkeel:j%C3%BC%26a?secret={KEY}")
    assert new_key() != new_key() and len(new_key()) == 32
