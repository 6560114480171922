"""How the places for streams or connections are shared among users."""

from dataclasses import dataclass

# Of all places: what one user may take, and what is kept for admins, who must get in to mend
# things.
USER_SHARE, ADMINS_SHARE = 4, 20
# A user may always open so many, where there are as many: a dashboard, a wall, a phone.
LEAST_PER_USER = 4


@dataclass(frozen=True)
class FairShares:
    """Places of one kind.

    Attributes:
        most: how many there are.
    """

    most: int

    @property
    def most_per_user(self) -> int:
        """How many one user may take."""
        return max(min(self.most, LEAST_PER_USER), self.most // USER_SHARE)

    @property
    def kept_for_admins(self) -> int:
        """How many only admins may take."""
        return self.most // ADMINS_SHARE

    def may_take(self, taken: int, own: int, *, is_admin: bool) -> bool:
        """Return whether a user may take one more place.

        Args:
            taken: by all users.
            own: of these, by this one.
        """
        left = self.most - (0 if is_admin else self.kept_for_admins)
        return own < self.most_per_user and taken < left
