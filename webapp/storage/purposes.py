"""What cameras were said to be for: every statement stays, the newest of a camera counts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.core.camera_state import SourceKind
from webapp.core.privacy import Privacy
from webapp.core.purpose import (
    Hold,
    Protection,
    Purpose,
    PurposeKind,
    Region,
    check_purpose,
    find_hold,
    needs_purpose,
)
from webapp.core.sources import source_kind
from webapp.storage.audit import note
from webapp.storage.camera_tables import CameraRow
from webapp.storage.cameras import find_camera, save_camera
from webapp.storage.pauses import paused_cameras
from webapp.storage.sealing import Sealer
from webapp.storage.tables import Base, UtcDateTime


class PurposeRow(Base):
    """One statement; nothing of it changes but that it may be withdrawn, once.

    It outlives its camera, and `RETENTION_DAYS`: it says who answers for what was recorded.
    """

    __tablename__ = "camera_purposes"

    id: Mapped[int] = mapped_column(primary_key=True)
    camera: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    approved_by: Mapped[str] = mapped_column(Text)
    is_informed: Mapped[bool]
    region: Mapped[str] = mapped_column(String(10))
    privacy: Mapped[str] = mapped_column(String(10))
    min_group: Mapped[int]
    less_because: Mapped[str] = mapped_column(Text)
    stated_by: Mapped[str] = mapped_column(String(64))
    stated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime] = mapped_column(UtcDateTime)
    reads_since: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[str] = mapped_column(String(64))


def reads_since(session: Session, camera: str) -> datetime:
    """Return since when a camera has its source; raises KeyError where there is none."""
    row = session.get(CameraRow, camera)
    if row is None or row.removed_at:
        raise KeyError(camera)
    return row.reads_since


def state_purpose(session: Session, purpose: Purpose, sealer: Sealer) -> None:
    """Keep a statement, protect those filmed as it says from now on, and note who made it.

    Raises:
        KeyError: the camera was removed.
        ValueError: it does not say what it must.
    """
    check_purpose(purpose)
    stored = find_camera(session, purpose.camera, sealer)
    if stored is None:
        raise KeyError(purpose.camera)
    chosen = purpose.protection
    setup = replace(stored.setup, privacy=chosen.privacy, min_group=chosen.min_group)
    if setup != stored.setup:
        save_camera(session, setup, sealer, purpose.stated_by, purpose.stated_at)
    session.add(_as_row(purpose))
    details = {"camera": purpose.camera, **_stated(purpose)}
    note(session, purpose.stated_by, "purpose stated", details, purpose.stated_at)
    session.flush()


def withdraw_purpose(session: Session, camera: str, author: str, now: datetime) -> None:
    """End the newest purpose of a camera and note who did; raises KeyError where there is none."""
    row = session.scalar(
        select(PurposeRow).where(PurposeRow.camera == camera).order_by(PurposeRow.id.desc())
    )
    if row is None:
        raise KeyError(camera)
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by = now, author
        note(session, author, "purpose withdrawn", {"camera": camera}, now)


def list_purposes(session: Session, camera: str | None = None) -> Sequence[Purpose]:
    """List the statements of one camera or of all, also of removed ones, newest first."""
    query = select(PurposeRow).order_by(PurposeRow.id.desc())
    if camera is not None:
        query = query.where(PurposeRow.camera == camera)
    return [_as_purpose(row) for row in session.scalars(query)]


def newest_purposes(session: Session) -> dict[str, Purpose]:
    """Return the newest statement of each camera, whether it holds or not."""
    newest = select(func.max(PurposeRow.id)).group_by(PurposeRow.camera)
    rows = session.scalars(select(PurposeRow).where(PurposeRow.id.in_(newest)))
    return {row.camera: _as_purpose(row) for row in rows}


def purposes_or_holds(session: Session, now: datetime) -> dict[str, Purpose | Hold]:
    """Return of each camera that needs a purpose the one that holds, or why it stays off."""
    newest = newest_purposes(session)
    rows = session.scalars(select(CameraRow).where(CameraRow.removed_at.is_(None)))
    return {
        row.name: find_hold(newest.get(row.name), row.reads_since, now) or newest[row.name]
        for row in rows
        if needs_purpose(_kind(row))
    }


def find_holds(session: Session, now: datetime) -> dict[str, Hold]:
    """Return why cameras stay off for want of a purpose, by name."""
    found = purposes_or_holds(session, now)
    return {name: each for name, each in found.items() if isinstance(each, Hold)}


def purpose_ends(session: Session, now: datetime) -> dict[str, datetime]:
    """Return when the purposes that hold now end, by the names of their cameras."""
    found = purposes_or_holds(session, now)
    return {name: each.valid_until for name, each in found.items() if isinstance(each, Purpose)}


def cameras_off(session: Session, now: datetime) -> dict[str, datetime]:
    """Return since when cameras are to be off, by name: paused by a person, or held."""
    paused = {name: pause.since for name, pause in paused_cameras(session).items()}
    return {name: hold.since for name, hold in find_holds(session, now).items()} | paused


def _kind(row: CameraRow) -> SourceKind:
    return SourceKind.URL if row.is_sealed else source_kind(row.source)


def _stated(purpose: Purpose) -> Mapping[str, Any]:
    """Return what the audit log keeps of a statement."""
    stated: dict[str, Any] = {
        "purpose": purpose.kind,
        "reason": purpose.reason,
        "approved by": purpose.approved_by,
        "those filmed are informed": purpose.is_informed,
        "region": purpose.region,
        "shows": purpose.protection.privacy,
        "least people": purpose.protection.min_group,
        "until": purpose.valid_until.isoformat(),
    }
    return stated | ({"less because": purpose.less_because} if purpose.less_because else {})


def _as_row(purpose: Purpose) -> PurposeRow:
    return PurposeRow(
        camera=purpose.camera,
        kind=purpose.kind,
        reason=purpose.reason,
        approved_by=purpose.approved_by,
        is_informed=purpose.is_informed,
        region=purpose.region,
        privacy=purpose.protection.privacy,
        min_group=purpose.protection.min_group,
        less_because=purpose.less_because,
        stated_by=purpose.stated_by,
        stated_at=purpose.stated_at,
        valid_until=purpose.valid_until,
        reads_since=purpose.reads_since,
        withdrawn_at=purpose.withdrawn_at,
        withdrawn_by=purpose.withdrawn_by,
    )


def _as_purpose(row: PurposeRow) -> Purpose:
    return Purpose(
        camera=row.camera,
        kind=PurposeKind(row.kind),
        reason=row.reason,
        approved_by=row.approved_by,
        is_informed=row.is_informed,
        region=Region(row.region),
        protection=Protection(Privacy(row.privacy), row.min_group),
        stated_by=row.stated_by,
        stated_at=row.stated_at,
        valid_until=row.valid_until,
        reads_since=row.reads_since,
        less_because=row.less_because,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
    )
