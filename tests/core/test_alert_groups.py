from datetime import UTC, datetime, timedelta

import pytest

from webapp.core.alert_groups import group_repeats
from webapp.core.messages import Acknowledgement, AlertRecord

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def alert(alert_id, since_min, until_min=None, *, camera="door", rule="Anger lasts", by=""):
    since = NOON + timedelta(minutes=since_min)
    return AlertRecord(
        id=alert_id,
        camera=camera,
        rule=rule,
        rule_id=1,
        kind="expression",
        expressions=("angry",),
        state="resolved",
        since=since,
        value=0.0,
        peak=50.0 + since_min,
        fired_at=since,
        resolved_at=NOON + timedelta(minutes=until_min or since_min + 1),
        acknowledged=Acknowledgement(by, since) if by else None,
    )


@pytest.mark.parametrize(
    ("alerts", "expected"),
    [
        ([], []),
        ([alert("b", 40, 41)], ["b"]),
        ([alert("b", 11), alert("a", 0)], ["b a"]),
        ([alert("b", 12), alert("a", 0)], ["b", "a"]),
        ([alert("c", 30), alert("b", 15, 25), alert("a", 0, 5)], ["c b a"]),
        ([alert("c", 9), alert("b", 5, camera="hall"), alert("a", 0)], ["c a", "b"]),
        ([alert("b", 5, rule="Fear"), alert("a", 0)], ["b", "a"]),
        ([alert("c", 40), alert("b", 5, camera="hall"), alert("a", 0)], ["c", "b", "a"]),
    ],
)
def test_what_comes_again_soon_is_one(alerts, expected):
    groups = group_repeats(alerts)
    assert [" ".join(a.id for a in group.alerts) for group in groups] == expected


def test_a_group_says_what_its_row_needs():
    (group,) = group_repeats([alert("c", 20), alert("b", 12, by="mira"), alert("a", 5)])
    assert (group.newest.id, group.oldest.id, group.peak) == ("c", "a", 70.0)
    assert [each.id for each in group.waiting] == ["c", "a"]
