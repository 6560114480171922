"""Password checks, slowed down for those who guess."""

import time

from werkzeug.exceptions import TooManyRequests

from webapp.core.durations import whole_text
from webapp.core.errors import BusyError
from webapp.storage.passwords import PasswordVault
from webapp.storage.users import MAX_USERNAME_LENGTH, User, username_key
from webapp.web.access.throttle import Throttle

WINDOW_S = 300.0
MAX_FAILURES_PER_USER = 5
# Higher than per user, because colleagues may share an address; it bounds those who try one
# password on many names.
MAX_FAILURES_PER_ADDRESS = 50


class SignInChecks:
    """Verifies passwords for the sign-in and the password page."""

    def __init__(self, vault: PasswordVault) -> None:
        self._vault = vault
        self._per_user = Throttle(MAX_FAILURES_PER_USER, WINDOW_S)
        self._per_address = Throttle(MAX_FAILURES_PER_ADDRESS, WINDOW_S)

    def hash(self, password: str) -> str:
        """Return the hash to store."""
        return self._vault.hash(password)

    def verify(self, username: str, address: str, user: User | None, password: str) -> bool:
        """Return whether the password is the user's.

        Raises:
            TooManyRequests: too many failures of this name and address, or of the address.
            BusyError: too many checks run at once, or memory is short.
        """
        pair = (username_key(username[: MAX_USERNAME_LENGTH + 1]), address)
        now_s = time.monotonic()
        wait_s = max(self._per_user.wait_s(pair, now_s), self._per_address.wait_s(address, now_s))
        if wait_s:
            raise TooManyRequests(
                f"Too many failed attempts; try again in {whole_text(wait_s)}.", retry_after=wait_s
            )
        # Counted before the slow check, or guesses sent at once would all see none.
        self._per_user.add_failure(pair, now_s)
        self._per_address.add_failure(address, now_s)
        try:
            is_right = self._vault.verify(user.password_hash if user else None, password)
        except BusyError:
            # Nothing was checked, so nobody failed.
            self._per_user.take_back(pair)
            self._per_address.take_back(address)
            raise
        if not is_right:
            return False
        self._per_user.forget(pair)
        self._per_address.take_back(address)
        return True
