"""Tests of what a purpose says and for how long it holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from webapp.core.camera_state import SourceKind
from webapp.core.privacy import Privacy
from webapp.core.purpose import (
    PROPOSED,
    Hold,
    Lack,
    Protection,
    Purpose,
    PurposeKind,
    Region,
    check_purpose,
    find_hold,
    needs_purpose,
)

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
BEFORE, YEAR = NOW - timedelta(days=9), timedelta(days=365)
PURPOSE = Purpose(
    camera="door",
    kind=PurposeKind.SAFETY,
    reason="Crane operators must not lift while they are unwell.",
    approved_by="Works council, 3 November",
    is_informed=True,
    region=Region.EU,
    protection=PROPOSED[PurposeKind.SAFETY],
    stated_by="mira",
    stated_at=NOW,
    valid_until=NOW + YEAR,
    reads_since=BEFORE,
)
LABELS = Protection(Privacy.LABELS, 3)


@pytest.mark.parametrize("kind", SourceKind)
def test_what_may_show_people_who_were_not_asked_needs_a_purpose(kind: SourceKind) -> None:
    assert needs_purpose(kind) == (kind not in (SourceKind.DEMO, SourceKind.FILE))


@pytest.mark.parametrize(
    ("purpose", "now", "hold"),
    [
        (None, NOW, Hold(Lack.UNSTATED, BEFORE)),
        (PURPOSE, NOW, None),
        (PURPOSE, NOW + YEAR - timedelta(seconds=1), None),
        (PURPOSE, NOW + YEAR, Hold(Lack.ENDED, NOW + YEAR)),
        (replace(PURPOSE, withdrawn_at=NOW), NOW, Hold(Lack.WITHDRAWN, NOW)),
        (replace(PURPOSE, reads_since=NOW), NOW, Hold(Lack.OTHER_SOURCE, BEFORE)),
    ],
)
def test_a_camera_is_held_off_unless_a_purpose_holds_for_what_it_reads(
    purpose: Purpose | None, now: datetime, hold: Hold | None
) -> None:
    assert find_hold(purpose, BEFORE, now) == hold


def test_a_purpose_is_to_be_stated_anew_a_month_before_its_end() -> None:
    assert not PURPOSE.ends_soon(NOW + timedelta(days=334))
    assert PURPOSE.ends_soon(NOW + timedelta(days=335))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, ""),
        ({"reason": "Safety."}, "a reason in words, 20 to 500 characters, got 7"),
        ({"approved_by": ""}, "who approved it, in 1 to 120 characters, got 0"),
        ({"is_informed": False}, "those who are filmed were informed"),
        ({"valid_until": NOW + 2 * YEAR}, "holds for at most 365 days"),
        ({"protection": LABELS}, "a reason in words, 20 to 500 characters, got 0"),
        ({"protection": LABELS, "less_because": "The first-aider must see who it is."}, ""),
        ({"protection": LABELS, "kind": PurposeKind.RESEARCH}, ""),
        ({"protection": Protection(Privacy.COUNTS, 2)}, "a reason in words"),
        ({"protection": Protection(Privacy.COUNTS, 9)}, ""),
    ],
)
def test_a_purpose_says_all_that_it_must(changes: dict, fault: str) -> None:
    purpose = replace(PURPOSE, **changes)
    if not fault:
        return check_purpose(purpose)
    with pytest.raises(ValueError, match=fault):
        check_purpose(purpose)
