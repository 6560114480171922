"""Tests of password hashing."""

import threading
from unicodedata import normalize

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import HashingError, VerificationError
from argon2.low_level import error_to_str, lib

from tests.conftest import CHEAP_HASHER
from webapp.core.errors import BusyError
from webapp.storage.passwords import MAX_PASSWORD_LENGTH, PasswordVault, password_fault


@pytest.mark.parametrize(
    "password",
    [
        "qwertyuiop",
        "password123",
        "P@ssw0rd123",
        "aaaaaaaaaaaa",
        "adminadmin",
        "Evenkeel2026",
        "Mira.Berg-2026",
        "letmein" * 140,
    ],
)
def test_the_first_guesses_are_refused(password: str) -> None:
    assert "guessed" in (password_fault(password, "Mira.Berg") or "")


@pytest.mark.parametrize(
    "password", ["correct horse battery", "kX7#vQm2pL", "ö" * 30 + "gang weht"]
)
def test_others_are_taken(password: str) -> None:
    assert password_fault(password, "Mira.Berg") is None


def test_it_works() -> None:
    vault = PasswordVault()
    password_hash = vault.hash("pässword")
    assert password_hash.startswith("$argon2id$")
    assert vault.verify(password_hash, "pässword")
    assert not vault.verify(password_hash, "passwort")


# The same password as keyboards, files and systems write it.
SPELLINGS = [normalize(form, "pa\u0308sswört ﬁnal") for form in ("NFC", "NFD", "NFKC", "NFKD")]


@pytest.mark.parametrize("was_set", SPELLINGS)
@pytest.mark.parametrize("typed", [*SPELLINGS, SPELLINGS[0].replace(" ", "\N{NO-BREAK SPACE}")])
def test_a_password_is_the_same_in_every_unicode_form(was_set: str, typed: str) -> None:
    vault = PasswordVault(CHEAP_HASHER)
    assert vault.verify(vault.hash(was_set), typed)
    assert not vault.verify(vault.hash(was_set), f"{typed}!")


@pytest.mark.parametrize("was_set", SPELLINGS[:2])
@pytest.mark.parametrize("typed", SPELLINGS[:2])
def test_one_that_was_hashed_as_it_was_typed_still_opens(was_set: str, typed: str) -> None:
    """As every password was, before there was one form."""
    assert PasswordVault(CHEAP_HASHER).verify(CHEAP_HASHER.hash(was_set), typed)


def test_a_letter_of_two_characters_counts_once() -> None:
    assert "at least 10 characters" in (password_fault(normalize("NFD", "öäüéß-òñ"), "") or "")


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


class FailingHasher(PasswordHasher):
    """Fails as Argon2 does, or as Python does before it."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        """Raise the error."""
        raise self._error

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:
        """Raise the error."""
        raise self._error


MEMORY, THREADS, DECODING = (
    error_to_str(code)
    for code in (
        lib.ARGON2_MEMORY_ALLOCATION_ERROR,
        lib.ARGON2_THREAD_FAIL,
        lib.ARGON2_DECODING_FAIL,
    )
)


@pytest.mark.parametrize(
    "error",
    [VerificationError(MEMORY), VerificationError(THREADS), HashingError(MEMORY), MemoryError()],
)
def test_short_memory_is_no_wrong_password(error: Exception) -> None:
    vault = PasswordVault(FailingHasher(error))
    for _ in range(3):
        with pytest.raises(BusyError, match="short of memory"):
            vault.verify("hash", "any")
        with pytest.raises(BusyError, match="short of memory"):
            vault.hash("any")


def test_a_damaged_hash_fits_nothing() -> None:
    assert not PasswordVault(FailingHasher(VerificationError(DECODING))).verify("hash", "any")
