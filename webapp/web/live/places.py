"""Who takes how many of the places for streams."""

import threading
from collections import Counter

from webapp.core.errors import ViewerLimitError
from webapp.core.fair_shares import FairShares
from webapp.storage.users import User


class Places:
    """Counts places by user, and refuses more than a fair share."""

    def __init__(self, shares: FairShares) -> None:
        self._shares = shares
        self._lock = threading.Lock()
        self._taken: Counter[int] = Counter()

    def enter(self, user: User) -> None:
        """Take a place.

        Raises:
            ViewerLimitError: the user has a fair share of the places, or all are taken.
        """
        shares = self._shares
        with self._lock:
            own, taken = self._taken[user.id], self._taken.total()
            if not shares.may_take(taken, own, is_admin=user.is_admin):
                raise ViewerLimitError(
                    f"{taken} pictures are open, {own} of them yours; one user may open "
                    f"{shares.most_per_user}, all together {shares.most} (MAX_VIEWERS), and the "
                    f"last {shares.kept_for_admins} only admins. Close one, or try again later."
                )
            self._taken[user.id] += 1

    def leave(self, user: User) -> None:
        """Give a place back."""
        with self._lock:
            self._taken[user.id] -= 1
