"""Tests of what admins do with accounts."""

from datetime import UTC, datetime

import pytest

from webapp.core.access import Role
from webapp.core.errors import LastAdminError
from webapp.storage.accounts import (
    disable_account,
    enable_account,
    give_role,
    list_accounts,
    remove_account,
)
from webapp.storage.sign_ins import find_sign_in, start_sign_in
from webapp.storage.users import add_user, admin_name

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


def test_the_last_admin_who_may_sign_in_stays(database):
    with database.session() as work:
        anna = add_user(work, "Anna", "hash", NOW, role=Role.ADMIN)
        boss = add_user(work, "boss", "hash", NOW, role=Role.ADMIN)
        add_user(work, "carl", "hash", NOW, role=Role.VIEWER)
        token = start_sign_in(work, anna.id, NOW)
    with database.session() as work:
        assert len(disable_account(work, anna, "boss", NOW)) == 1
        assert find_sign_in(work, token, NOW) is None
        assert admin_name(work) == "boss"

    def demote(work, user, author, now):
        give_role(work, user, Role.MANAGER, author, now)

    for forbidden in (disable_account, remove_account, demote):
        with database.session() as work, pytest.raises(LastAdminError, match="boss is the last"):
            forbidden(work, boss, "boss", NOW)
    with database.session() as work:
        enable_account(work, anna, "boss", NOW)
        assert find_sign_in(work, token, NOW) is None, "what was ended stays so"
        remove_account(work, boss, "Anna", NOW)
        assert [each.user.username for each in list_accounts(work, NOW)] == ["Anna", "carl"]
