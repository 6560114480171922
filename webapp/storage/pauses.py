"""Which cameras are switched off, so that a restart does not switch them on."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.orm import Session

from webapp.storage.audit import note
from webapp.storage.tables import PausedCameraRow, UtcDateTime

# Somebody else may pause it at the same time; both databases know this form.
ADD = text(
    "INSERT INTO paused_cameras (camera, since, author) VALUES (:camera, :since, :author) "
    "ON CONFLICT DO NOTHING"
).bindparams(bindparam("since", type_=UtcDateTime()))


def pause_camera(session: Session, camera: str, author: str, now: datetime) -> datetime:
    """Keep that a camera is paused and note who did it.

    Returns:
        Since when it is: before `now` if somebody was faster, which is not noted again.
    """
    done = session.execute(ADD, {"camera": camera, "since": now, "author": author})
    if done.rowcount:  # type: ignore[attr-defined]
        note(session, author, "camera paused", {"camera": camera}, now)
    return session.get_one(PausedCameraRow, camera).since


def resume_camera(session: Session, camera: str, author: str, now: datetime) -> None:
    """Keep that a camera is no longer paused and note who did it, if it was."""
    done = session.execute(delete(PausedCameraRow).where(PausedCameraRow.camera == camera))
    if done.rowcount:  # type: ignore[attr-defined]
        note(session, author, "camera resumed", {"camera": camera}, now)


def paused_cameras(session: Session) -> dict[str, datetime]:
    """Return since when each paused camera is; also ones that are not configured now."""
    rows = session.scalars(select(PausedCameraRow))
    return {row.camera: row.since for row in rows}
