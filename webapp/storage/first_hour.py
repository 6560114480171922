"""What an admin did or skipped of the first steps, once for all admins."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.storage.alert_tables import SeedingRow

SUBJECT = "first hour"


class Step(StrEnum):
    """The first steps, in their order."""

    CAMERA = "camera"
    RECEIVER = "receiver"
    ALERT = "alert"


class Deed(StrEnum):
    """What somebody did with a step."""

    DONE = "done"
    SKIPPED = "skipped"


def settle(session: Session, step: Step, deed: Deed, now: datetime) -> None:
    """Note that a step was done or skipped; the first time counts."""
    subject = _subject(step, deed)
    if session.get(SeedingRow, subject) is None:
        session.add(SeedingRow(subject=subject, at=now))


def settled(session: Session) -> set[tuple[Step, Deed]]:
    """Return what was done with which step."""
    known = {_subject(step, deed): (step, deed) for step in Step for deed in Deed}
    rows = session.scalars(select(SeedingRow.subject).where(SeedingRow.subject.in_(known)))
    return {known[subject] for subject in rows}


def _subject(step: Step, deed: Deed) -> str:
    return f"{SUBJECT}: {step} {deed}"
