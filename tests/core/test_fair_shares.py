"""How places are shared among users."""

import pytest

from webapp.core.fair_shares import FairShares


@pytest.mark.parametrize(
    ("most", "taken", "own", "is_admin", "may"),
    [
        (60, 0, 0, False, True),
        (60, 14, 14, False, True),
        (60, 15, 15, False, False),
        (60, 15, 15, True, False),
        (60, 56, 0, False, True),
        (60, 57, 0, False, False),
        (60, 57, 0, True, True),
        (60, 60, 0, True, False),
        # Where there are few, there is nothing to share out.
        (2, 1, 1, False, True),
        (2, 2, 0, True, False),
        (8, 3, 3, False, True),
        (8, 4, 4, False, False),
    ],
)
def test_one_more_place(most, taken, own, is_admin, may):
    assert FairShares(most).may_take(taken, own, is_admin=is_admin) == may
