"""Which passwords may be set, and their hashing, with a bound on how many run at once."""

import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import HashingError, InvalidHashError, VerificationError
from argon2.low_level import error_to_str, lib  # type: ignore[attr-defined]

from webapp.core.errors import BusyError
from webapp.storage.blocking import in_thread

# One verification takes 64 MiB and every core for a moment, so a flood of sign-ins must queue.
MAX_AT_ONCE = 2
WAIT_S = 5.0
MIN_PASSWORD_LENGTH = 10
MAX_PASSWORD_LENGTH = 1000
ONE_TIME_BYTES = 12
# Of zxcvbn's 0 to 4: below 3, fewer than a hundred million guesses find the password.
LEAST_SCORE = 3
# zxcvbn takes no more, and what follows makes a password no easier to guess.
MOST_SCORED_LENGTH = 72
# Argon2 tells its errors apart by their texts alone.
SHORTAGES = frozenset(
    error_to_str(code) for code in (lib.ARGON2_MEMORY_ALLOCATION_ERROR, lib.ARGON2_THREAD_FAIL)
)


def one_form(password: str) -> str:
    """Return a password as it is hashed, however a keyboard or file spells its letters.

    Keyboards and systems write é as one character or as two, and a blank as several: NFKC is the
    form that NIST SP 800-63B asks for.
    """
    return unicodedata.normalize("NFKC", password)


def password_fault(password: str, username: str) -> str | None:
    """Return why a user may not get this password, as the end of a sentence that names it."""
    password = one_form(password)
    # Its lists take 14 MiB, and few processes ever set a password.
    from zxcvbn import zxcvbn

    if len(password) < MIN_PASSWORD_LENGTH:
        return f"needs at least {MIN_PASSWORD_LENGTH} characters"
    if len(password) > MAX_PASSWORD_LENGTH:
        return f"may have at most {MAX_PASSWORD_LENGTH} characters"
    found = zxcvbn(password[:MOST_SCORED_LENGTH], user_inputs=[username, "evenkeel"])
    if found["score"] < LEAST_SCORE:
        return "is among the first to be guessed; four words that have nothing in common are not"
    return None


def one_time_password() -> str:
    """Make up a password that nobody guesses, to be typed once."""
    return secrets.token_urlsafe(ONE_TIME_BYTES)


class PasswordVault:
    """Makes and verifies Argon2id hashes."""

    def __init__(
        self,
        hasher: PasswordHasher | None = None,
        max_at_once: int = MAX_AT_ONCE,
        wait_s: float = WAIT_S,
    ) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = threading.BoundedSemaphore(max_at_once)
        self._wait_s = wait_s

    def hash(self, password: str) -> str:
        """Return the hash to store.

        Raises:
            BusyError: no slot became free within the waiting time, or memory is short.
        """
        with self._slot():
            return in_thread(self._hasher.hash, one_form(password))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Return whether the password is right; None (no such user) takes as long as a wrong one.

        Raises:
            BusyError: no slot became free within the waiting time, or memory is short.
        """
        if len(one_form(password)) > MAX_PASSWORD_LENGTH:
            return False
        with self._slot():
            known_hash = password_hash or self._nobodys_hash
            is_right = any(self._matches(known_hash, form) for form in _forms(password))
            return is_right and password_hash is not None

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return in_thread(self._hasher.verify, password_hash, password)
        except (VerificationError, InvalidHashError) as error:
            if str(error) in SHORTAGES:
                raise
            return False

    @cached_property
    def _nobodys_hash(self) -> str:
        return in_thread(self._hasher.hash, secrets.token_urlsafe(16))

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(timeout=self._wait_s):
            raise BusyError("Too many people are signing in at once; try again in a moment.")
        try:
            yield
        except (MemoryError, HashingError, VerificationError) as error:
            if not isinstance(error, MemoryError) and str(error) not in SHORTAGES:
                raise
            raise BusyError(
                "The server is short of memory and cannot check passwords now; try again in a "
                "moment."
            ) from error
        finally:
            self._slots.release()


def _forms(password: str) -> list[str]:
    """Return what may have been hashed: the one form, or what a user typed before there was one."""
    older = (password, *(unicodedata.normalize(form, password) for form in ("NFC", "NFD")))
    return list(dict.fromkeys((one_form(password), *older)))
