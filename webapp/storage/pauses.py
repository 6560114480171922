"""Which cameras are switched off, so that a restart does not switch them on, and which were."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.orm import Session

from webapp.core.pauses import Pause
from webapp.storage.audit import note
from webapp.storage.tables import PastPauseRow, PausedCameraRow, UtcDateTime

# Somebody else may pause it at the same time; both databases know this form.
ADD = text(
    "INSERT INTO paused_cameras (camera, since, author, reason, until) "
    "VALUES (:camera, :since, :author, :reason, :until) ON CONFLICT DO NOTHING"
).bindparams(
    bindparam("since", type_=UtcDateTime()), bindparam("until", type_=UtcDateTime(), required=False)
)


def pause_camera(session: Session, pause: Pause) -> datetime:
    """Keep that a camera is paused and note who did it.

    Returns:
        Since when it is: earlier if somebody was faster, which is not noted again.
    """
    values = {name: getattr(pause, name) for name in ("camera", "since", "author", "reason")}
    done = session.execute(ADD, values | {"until": pause.until})
    if done.rowcount:  # type: ignore[attr-defined]
        details = {"camera": pause.camera}
        if pause.until:
            details["until"] = pause.until.isoformat()
        note(session, pause.author, "camera paused", details, pause.since)
    return session.get_one(PausedCameraRow, pause.camera).since


def resume_camera(
    session: Session, camera: str, author: str, now: datetime, because: str = ""
) -> None:
    """Keep that a camera is no longer paused and note who did it, if it was.

    Args:
        author: "" where its time was over.
        because: why, for the audit log.
    """
    row = session.get(PausedCameraRow, camera)
    done = session.execute(delete(PausedCameraRow).where(PausedCameraRow.camera == camera))
    if row is None or not done.rowcount:  # type: ignore[attr-defined]
        return
    past = PastPauseRow(
        camera=camera, since=row.since, ended_at=now, author=row.author, reason=row.reason
    )
    session.add(past)
    note(session, author, "camera resumed", {"camera": camera} | _because(because), now)


def paused_cameras(session: Session) -> dict[str, Pause]:
    """Return the pause of each paused camera; also of ones that are not configured now."""
    rows = session.scalars(select(PausedCameraRow))
    return {
        row.camera: Pause(row.camera, row.since, row.author, row.reason, row.until) for row in rows
    }


def pauses_between(session: Session, camera: str, start: datetime, end: datetime) -> list[Pause]:
    """List the pauses of a camera that lasted at some time between two times, oldest first."""
    query = select(PastPauseRow).where(
        PastPauseRow.camera == camera, PastPauseRow.since < end, PastPauseRow.ended_at > start
    )
    past = [
        Pause(row.camera, row.since, row.author, row.reason, None, row.ended_at)
        for row in session.scalars(query.order_by(PastPauseRow.since))
    ]
    present = paused_cameras(session).get(camera)
    return [*past, present] if present and present.since < end else past


def purge_pauses(session: Session, before: datetime) -> int:
    """Forget the pauses that ended before a time; returns how many."""
    done = session.execute(delete(PastPauseRow).where(PastPauseRow.ended_at < before))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _because(because: str) -> dict[str, str]:
    return {"because": because} if because else {}
