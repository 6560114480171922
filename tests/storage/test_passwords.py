"""Tests of password hashing."""

import threading

import pytest

from tests.conftest import CHEAP_HASHER
from webapp.core.errors import BusyError
from webapp.storage.passwords import MAX_PASSWORD_LENGTH, PasswordVault


def test_it_works() -> None:
    vault = PasswordVault()
    password_hash = vault.hash("pässword")
    assert password_hash.startswith("$argon2id$")
    assert vault.verify(password_hash, "pässword")
    assert not vault.verify(password_hash, "passwort")


@pytest.mark.parametrize("password_hash", [None, "", "no hash"])
def test_no_hash_fits_nothing(password_hash: str | None) -> None:
    vault = PasswordVault(CHEAP_HASHER)
    assert not vault.verify(password_hash, "")


def test_an_endless_password_is_not_even_hashed() -> None:
    vault = PasswordVault(CHEAP_HASHER, max_at_once=1, wait_s=0)
    with vault._slot():
        assert not vault.verify("hash", "x" * (MAX_PASSWORD_LENGTH + 1))


def test_only_so_many_at_once() -> None:
    vault = PasswordVault(CHEAP_HASHER, max_at_once=1, wait_s=0.01)
    with vault._slot(), pytest.raises(BusyError, match="try again"):
        vault.verify(None, "any")
    assert not vault.verify(None, "any")


def test_waiting_ones_get_their_turn() -> None:
    vault = PasswordVault(CHEAP_HASHER, max_at_once=1, wait_s=30)
    results: list[bool] = []
    threads = [
        threading.Thread(target=lambda: results.append(vault.verify(None, "any"))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == [False] * 4
