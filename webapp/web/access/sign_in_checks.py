"""Password checks, slowed down for those who guess."""

import threading
import time
from collections.abc import Hashable

from werkzeug.exceptions import TooManyRequests

from webapp.core.addresses import client_network
from webapp.core.durations import minutes_text
from webapp.core.errors import BusyError
from webapp.storage.passwords import PasswordVault
from webapp.storage.users import MAX_USERNAME_LENGTH, User, username_key
from webapp.web.access.failure_notes import FailureNotes
from webapp.web.access.throttle import Throttle

# For one user at one address, or in one browser that the user has signed in with before.
FAILURES_AT_ONE_PLACE, INTERVAL_AT_ONE_PLACE_S = 5, 300.0
# For one user from everywhere: 8,640 guesses a day would need decades for a password that
# `password_fault` lets pass, and the user waits for ten seconds at most once they end.
FAILURES_OF_ONE_USER, INTERVAL_OF_ONE_USER_S = 20, 10.0
# For one address at all users. Colleagues may share one.
FAILURES_OF_ONE_ADDRESS, INTERVAL_OF_ONE_ADDRESS_S = 50, 6.0


class SignInChecks:
    """Verifies passwords for the sign-in and the password page.

    Strangers can use up the attempts of a user, but not those of a browser that the user has
    signed in with before: that one is counted by itself.
    """

    def __init__(self, vault: PasswordVault) -> None:
        self._vault = vault
        self._at_one_place = Throttle(FAILURES_AT_ONE_PLACE, INTERVAL_AT_ONE_PLACE_S)
        self._of_one_user = Throttle(FAILURES_OF_ONE_USER, INTERVAL_OF_ONE_USER_S)
        self._of_one_address = Throttle(FAILURES_OF_ONE_ADDRESS, INTERVAL_OF_ONE_ADDRESS_S)
        self._codes = Throttle(FAILURES_AT_ONE_PLACE, INTERVAL_AT_ONE_PLACE_S)
        self._lock = threading.Lock()
        self.failures = FailureNotes()

    def hash(self, password: str) -> str:
        """Return the hash to store."""
        return self._vault.hash(password)

    def verify(
        self, username: str, address: str, user: User | None, password: str, browser: str | None
    ) -> bool:
        """Return whether the password is the user's.

        Args:
            browser: names one in which the user has signed in before; None for any other.

        Raises:
            TooManyRequests: too many failures here, of this user, or of this address.
            BusyError: too many checks run at once, or memory is short.
        """
        limits = self._limits(username, client_network(address), browser)
        # Counted before the slow check, or guesses sent at once would all see none.
        self._count(limits)
        try:
            is_right = self._vault.verify(user.password_hash if user else None, password)
        except BusyError:
            # Nothing was checked, so nobody failed.
            self._take_back(limits)
            raise
        if is_right:
            self._take_back(limits)
            with self._lock:
                limits[0][0].forget(limits[0][1])
        return is_right

    def count_code(self, user_id: int) -> None:
        """Count a code of a second factor before it is checked; who has the password may guess.

        Raises:
            TooManyRequests: too many were wrong.
        """
        self._count([(self._codes, user_id)])

    def forget_codes(self, user_id: int) -> None:
        """Start anew after one that was right."""
        with self._lock:
            self._codes.forget(user_id)

    def _limits(
        self, username: str, network: str, browser: str | None
    ) -> list[tuple[Throttle, Hashable]]:
        name = username_key(username[: MAX_USERNAME_LENGTH + 1])
        if browser:
            return [(self._at_one_place, (name, "browser", browser))]
        return [
            (self._at_one_place, (name, "address", network)),
            (self._of_one_user, name),
            (self._of_one_address, network),
        ]

    def _count(self, limits: list[tuple[Throttle, Hashable]]) -> None:
        now_s = time.monotonic()
        with self._lock:
            wait_s = max(throttle.wait_s(key, now_s) for throttle, key in limits)
            if not wait_s:
                for throttle, key in limits:
                    throttle.add_failure(key, now_s)
        if wait_s:
            raise TooManyRequests(
                f"Too many failed attempts; try again in {minutes_text(wait_s)}.",
                retry_after=wait_s,
            )

    def _take_back(self, limits: list[tuple[Throttle, Hashable]]) -> None:
        with self._lock:
            for throttle, key in limits:
                throttle.take_back(key)
