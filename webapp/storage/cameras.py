"""The cameras: as `CAMERAS` says until somebody changes one, then the database wins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from webapp.core.camera_list import CameraSource
from webapp.core.camera_mask import format_mask, parse_mask
from webapp.core.camera_setup import CameraSetup, as_setup, shown_source
from webapp.core.camera_state import SourceKind
from webapp.core.errors import NameTakenError, SealError
from webapp.core.privacy import Privacy
from webapp.core.sources import place_of
from webapp.storage.audit import note
from webapp.storage.camera_tables import CameraRow
from webapp.storage.sealing import Sealer
from webapp.storage.tables import PausedCameraRow

SEALED_FOR = "camera"


@dataclass(frozen=True)
class StoredCamera:
    """A camera, and who changed it last.

    Attributes:
        is_enabled: whether it runs; one that is paused does, too.
        updated_by: "" while it is as `CAMERAS` made it.
    """

    setup: CameraSetup
    is_enabled: bool
    updated_at: datetime
    updated_by: str


def seed_cameras(
    session: Session,
    cameras: Sequence[CameraSource],
    sealer: Sealer,
    now: datetime,
    worker: str = "",
) -> bool:
    """Make the cameras those of the settings, unless somebody changed one since.

    Args:
        worker: name of the one whose devices the devices among them are.

    Returns:
        Whether the settings count.
    """
    if is_taken_over(session):
        return False
    wanted = [as_setup(camera, worker) for camera in cameras]
    if [stored.setup for stored in list_cameras(session, sealer)] == wanted:
        return True
    before = {row.name: (_opened(row, sealer), row.reads_since) for row in _rows(session)}
    session.execute(delete(CameraRow))
    for position, setup in enumerate(wanted):
        source, since = before.get(setup.name, (None, now))
        row = CameraRow(name=setup.name, position=position, is_enabled=True)
        row.reads_since = now if _is_elsewhere(setup.source, source) else since
        row.updated_at, row.updated_by = now, ""
        _write(row, setup, sealer)
        session.add(row)
    note(session, "", "cameras seeded", [camera.name for camera in cameras], now)
    return True


def is_taken_over(session: Session) -> bool:
    """Return whether somebody changed the cameras, so that `CAMERAS` says nothing any more."""
    return session.scalar(select(CameraRow.name).where(CameraRow.updated_by != "")) is not None


def list_cameras(session: Session, sealer: Sealer) -> list[StoredCamera]:
    """List all cameras, switched on or off, in the order of the pages."""
    return [_as_stored(row, sealer) for row in _rows(session)]


def find_camera(session: Session, name: str, sealer: Sealer) -> StoredCamera | None:
    """Return a camera, None when there is none (any more)."""
    row = session.scalar(_present().where(CameraRow.name == name))
    return _as_stored(row, sealer) if row else None


def enabled_cameras(session: Session, sealer: Sealer) -> list[CameraSetup]:
    """List the cameras that run, in the order of the pages."""
    return [stored.setup for stored in list_cameras(session, sealer) if stored.is_enabled]


def enabled_names(session: Session) -> set[str]:
    """Return the names of the cameras that run."""
    is_enabled = CameraRow.removed_at.is_(None) & CameraRow.is_enabled
    return set(session.scalars(select(CameraRow.name).where(is_enabled)))


def camera_titles(session: Session) -> dict[str, str]:
    """Return what each camera is or was called, by its name; removed ones, too."""
    rows = session.execute(select(CameraRow.name, CameraRow.title))
    return {row.name: row.title for row in rows}


def camera_title(session: Session, name: str) -> str:
    """Return what a camera is or was called: its name where nobody knows."""
    return session.scalar(select(CameraRow.title).where(CameraRow.name == name)) or name


def save_camera(
    session: Session, setup: CameraSetup, sealer: Sealer, author: str, now: datetime
) -> None:
    """Change a camera, or add one as the last, and note who did.

    Raises:
        NameTakenError: another camera is called so.
        KeyError: it was removed.
    """
    row = session.get(CameraRow, setup.name)
    if row and row.removed_at:
        raise KeyError(setup.name)
    same_title = func.lower(CameraRow.title) == setup.title.lower()
    if session.scalar(_present().where(same_title, CameraRow.name != setup.name)):
        raise NameTakenError("Another camera is called so; expected a name of its own.")
    before = shown_values(_as_setup(row, sealer)) if row else {}
    if row is None:
        last = session.scalar(select(func.max(CameraRow.position)))
        row = CameraRow(name=setup.name, position=(last or 0) + 1, is_enabled=True)
        session.add(row)
    source = _opened(row, sealer) if before else None
    is_same_source = bool(before) and setup.source == source
    _write(row, setup, sealer, keeps_source=is_same_source)
    row.updated_at, row.updated_by = now, author
    if _is_elsewhere(setup.source, source):
        row.reads_since = now
    changed = {k: v for k, v in shown_values(setup).items() if before.get(k) != v}
    if before and not is_same_source:
        # Also where only a password differs, which nobody may see.
        changed["source"] = shown_source(setup)
    action = "camera changed" if before else "camera added"
    note(session, author, action, {"camera": setup.name, **changed}, now)
    session.flush()


def switch_camera(session: Session, name: str, on: bool, author: str, now: datetime) -> None:
    """Switch a camera on or off and note who did; raises KeyError."""
    row = _get(session, name)
    row.is_enabled, row.updated_at, row.updated_by = on, now, author
    note(session, author, f"camera switched {'on' if on else 'off'}", {"camera": name}, now)


def move_camera(session: Session, name: str, places: int, author: str, now: datetime) -> None:
    """Put a camera so many places further back, or to the front; raises KeyError."""
    row, rows = _get(session, name), _rows(session)
    place = rows.index(row)
    rows.insert(max(0, min(place + places, len(rows) - 1)), rows.pop(place))
    for position, each in enumerate(rows):
        each.position = position
    row.updated_at, row.updated_by = now, author
    note(session, author, "camera moved", {"camera": name, "place": rows.index(row) + 1}, now)


def remove_camera(session: Session, name: str, author: str, now: datetime) -> None:
    """Remove a camera and note who did; its history and alerts stay. Raises KeyError."""
    row = _get(session, name)
    row.removed_at = row.updated_at = now
    row.updated_by, row.source, row.is_sealed, row.mask = author, "", False, ""
    session.execute(delete(PausedCameraRow).where(PausedCameraRow.camera == name))
    note(session, author, "camera removed", {"camera": name, "title": row.title}, now)


def shown_values(setup: CameraSetup) -> dict[str, Any]:
    """Return how a camera is set up, by name, as the audit log may keep it."""
    return {
        "title": setup.title,
        "source": shown_source(setup),
        "turned by": setup.turn_deg,
        "mirrored": setup.is_mirrored,
        "masked areas": format_mask(setup.mask),
        "detection width": setup.detect_width,
        "pictures a second": setup.most_fps,
        "shows": str(setup.privacy),
        "viewers see": str(setup.viewers_see),
        "least people": setup.min_group,
        "worker": setup.worker,
    }


def _present() -> Any:
    return select(CameraRow).where(CameraRow.removed_at.is_(None)).order_by(CameraRow.position)


def _rows(session: Session) -> list[CameraRow]:
    return list(session.scalars(_present()))


def _get(session: Session, name: str) -> CameraRow:
    row = session.get(CameraRow, name)
    if row is None or row.removed_at:
        raise KeyError(name)
    return row


def _is_elsewhere(source: str | None, before: str | None) -> bool:
    """Return whether a source shows another place, or nobody can tell."""
    if source == before:
        return False
    return source is None or before is None or place_of(source) != place_of(before)


def _write(
    row: CameraRow, setup: CameraSetup, sealer: Sealer, *, keeps_source: bool = False
) -> None:
    row.title, row.mask = setup.title, format_mask(setup.mask)
    row.turn_deg, row.is_mirrored = setup.turn_deg, setup.is_mirrored
    row.detect_width, row.most_fps = setup.detect_width, setup.most_fps
    row.privacy, row.viewers_see = setup.privacy.value, setup.viewers_see.value
    row.min_group, row.worker = setup.min_group, setup.worker
    if not keeps_source:
        assert setup.source is not None
        row.is_sealed = setup.kind == SourceKind.URL
        row.source = sealer.seal(setup.source, SEALED_FOR) if row.is_sealed else setup.source


def _opened(row: CameraRow, sealer: Sealer) -> str | None:
    if not row.is_sealed:
        return row.source
    try:
        return sealer.open(row.source, SEALED_FOR)
    except SealError:
        return None


def _as_setup(row: CameraRow, sealer: Sealer) -> CameraSetup:
    return CameraSetup(
        name=row.name,
        title=row.title,
        source=_opened(row, sealer),
        turn_deg=row.turn_deg,
        is_mirrored=row.is_mirrored,
        mask=parse_mask(row.mask),
        detect_width=row.detect_width,
        most_fps=row.most_fps,
        privacy=Privacy(row.privacy),
        viewers_see=Privacy(row.viewers_see),
        min_group=row.min_group,
        worker=row.worker,
    )


def _as_stored(row: CameraRow, sealer: Sealer) -> StoredCamera:
    setup = _as_setup(row, sealer)
    return StoredCamera(setup, row.is_enabled, row.updated_at, row.updated_by)
