"""Writes, reads and purges history."""

import json
import math
from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Any

import numpy as np
from sqlalchemy import Row, delete, func, select, text
from sqlalchemy.orm import Session

from webapp.core.history import HistoryRow, combine, row_start_s
from webapp.core.timeline import Timeline, coarsened, shared_hours, span_for, span_start_s
from webapp.storage.history_tables import (
    RESOLUTIONS,
    CameraRow,
    ClassListRow,
    HistoryColumns,
    HourRow,
    MinuteRow,
    TenSecondsRow,
)

COUNT_DTYPE = np.dtype("<f4")
MOST_PURGED_ROWS = 8000
NUMBERS = (
    "start_s",
    "data_s",
    "faces_s",
    "faces_mean",
    "faces_max",
    "indicator_mean",
    "indicator_max",
    "scale",
)

READ = (*NUMBERS, "class_list_id", "counts_mean")

Table = type[TenSecondsRow] | type[MinuteRow] | type[HourRow]


def write_history(session: Session, camera: str, row: HistoryRow) -> None:
    """Add a ten-second row to every resolution, all in the session's transaction.

    A row that is there already (the process was restarted within the ten seconds) is merged. One
    that would make it longer than its span is a repeat, because nobody knew whether the commit
    before had arrived, or a clock set back: it is left out.
    """
    camera_id = camera_id_of(session, camera)
    known = session.get(TenSecondsRow, (camera_id, row.start_s))
    # The stored figures are rounded to float32.
    if known is not None and known.data_s + row.data_s > row.length_s + 0.01:
        return
    for table in RESOLUTIONS:
        _add(session, table, camera_id, row)


def camera_id_of(session: Session, name: str) -> int:
    """Return the id of a camera, new or known."""
    return _id_of(session, CameraRow, CameraRow.name, name)


def camera_names(session: Session) -> list[str]:
    """List the cameras that have or had history, by name."""
    return list(session.scalars(select(CameraRow.name).order_by(CameraRow.name)))


def read_history(
    session: Session,
    camera: str,
    from_s: float,
    to_s: float,
    most_points: int,
    zone: tzinfo = UTC,
) -> Timeline:
    """Read one camera's history as at most so many points.

    Args:
        from_s: UTC epoch; spans that touch the range are included.
        to_s: UTC epoch, excluded.
        zone: whose midnights bound days.

    Returns:
        Points of equal span, ordered by time; spans without any row are left out.
    """
    length_s = span_for(from_s, to_s, most_points)
    # The coarsest resolution that fits into a span: the same answer from the fewest rows.
    table = next(table for table in reversed(RESOLUTIONS) if length_s % table.LENGTH_S == 0)
    start_s = span_start_s(from_s, length_s, zone)
    camera_id = session.scalar(select(CameraRow.id).where(CameraRow.name == camera))
    shared = shared_hours(start_s, to_s, length_s, zone)
    rows = _rows(session, table, camera_id, start_s, to_s, but=shared)
    for hour_s in shared:
        # By minutes, so that as much of it as lies in the range can be divided.
        first_s, last_s = max(hour_s, start_s), min(hour_s + HourRow.LENGTH_S, to_s)
        rows += _rows(session, MinuteRow, camera_id, first_s, last_s)
    if shared:
        rows.sort(key=lambda row: row.start_s)
    lists = {row.id: tuple(json.loads(row.names)) for row in session.scalars(select(ClassListRow))}
    return coarsened(_as_timeline(rows, lists, table.LENGTH_S), length_s, zone)


def history_bounds(session: Session, camera: str) -> tuple[int, int] | None:
    """Return the times of a camera's first and last row, UTC epoch, or None without any."""
    table = RESOLUTIONS[0]
    camera_id = session.scalar(select(CameraRow.id).where(CameraRow.name == camera))
    first, last = (
        session.scalar(select(pick(table.start_s)).where(table.camera_id == camera_id))
        for pick in (func.min, func.max)
    )
    return None if first is None or last is None else (first, last + table.LENGTH_S)


def newest_hour_before(session: Session, at_s: float) -> int | None:
    """Return when the newest hour began that any camera has a row of and that is over by a time."""
    table = RESOLUTIONS[-1]
    ended = table.start_s <= at_s - table.LENGTH_S
    newest = [
        session.scalar(select(func.max(table.start_s)).where(table.camera_id == camera_id, ended))
        for camera_id in session.scalars(select(CameraRow.id)).all()
    ]
    return max((start_s for start_s in newest if start_s is not None), default=None)


def purge_history(session: Session, before_s: float) -> int:
    """Delete a stretch of the oldest rows that ended before a time.

    Only so much at once that other writers wait no longer than a moment; call it until it
    returns 0, each time in a transaction of its own.

    Returns:
        How many rows were deleted.
    """
    for table in RESOLUTIONS:
        last_s = int(before_s) - table.LENGTH_S
        for camera_id in session.scalars(select(CameraRow.id)):
            of_camera = table.camera_id == camera_id
            oldest_s = session.scalar(select(func.min(table.start_s)).where(of_camera))
            if oldest_s is None or oldest_s > last_s:
                continue
            until_s = min(last_s, oldest_s + MOST_PURGED_ROWS * table.LENGTH_S)
            outdated = delete(table).where(of_camera, table.start_s <= until_s)
            deleted = int(session.execute(outdated).rowcount)  # type: ignore[attr-defined]
            if deleted:
                return deleted
    return 0


def _add(session: Session, table: Table, camera_id: int, row: HistoryRow) -> None:
    start_s = row_start_s(row.start_s, table.LENGTH_S)
    known: HistoryColumns | None = session.get(table, (camera_id, start_s))
    rows = [row] if known is None else [_as_row(session, known), row]
    values = _as_columns(session, combine(rows, start_s, table.LENGTH_S))
    if known is None:
        session.add(table(camera_id=camera_id, start_s=start_s, **values))
        return
    for name, value in values.items():
        setattr(known, name, value)


def _as_columns(session: Session, row: HistoryRow) -> dict[str, Any]:
    names = json.dumps(row.classes, ensure_ascii=False)
    return {
        "data_s": row.data_s,
        "faces_s": row.faces_s,
        "faces_mean": row.faces_mean,
        "faces_max": row.faces_max,
        "class_list_id": _id_of(session, ClassListRow, ClassListRow.names, names),
        "counts_mean": np.array(row.counts_mean, COUNT_DTYPE).tobytes(),
        "indicator_mean": row.indicator_mean,
        "indicator_max": row.indicator_max,
        "scale": row.scale,
    }


def _as_row(session: Session, columns: HistoryColumns) -> HistoryRow:
    names = session.get_one(ClassListRow, columns.class_list_id).names
    return HistoryRow(
        start_s=columns.start_s,
        length_s=columns.LENGTH_S,
        data_s=columns.data_s,
        faces_s=columns.faces_s,
        faces_mean=columns.faces_mean,
        faces_max=columns.faces_max,
        counts_mean=tuple(np.frombuffer(columns.counts_mean, COUNT_DTYPE).tolist()),
        classes=tuple(json.loads(names)),
        indicator_mean=columns.indicator_mean,
        indicator_max=columns.indicator_max,
        scale=columns.scale,
    )


def _id_of(session: Session, table: Any, column: Any, value: str) -> int:
    query = select(table.id).where(column == value)
    known = session.scalar(query)
    if known is None:
        # Another process may add it at the same time; both databases know this form.
        added = f"INSERT INTO {table.__tablename__} ({column.key}) VALUES (:value)"
        session.execute(text(f"{added} ON CONFLICT DO NOTHING"), {"value": value})
        known = session.scalars(query).one()
    return int(known)


def _rows(
    session: Session,
    table: Table,
    camera_id: int | None,
    from_s: float,
    to_s: float,
    but: Sequence[int] = (),
) -> list[Row[Any]]:
    # Past the ORM, which would take as long again for thousands of rows. And with whole numbers:
    # for any other, PostgreSQL reads a camera's rows to the end instead of asking the index.
    columns, first_s, end_s = table.__table__.c, math.ceil(from_s), math.ceil(to_s)
    query = select(*(columns[name] for name in READ)).where(
        columns.camera_id == camera_id, columns.start_s >= first_s, columns.start_s < end_s
    )
    if but:
        query = query.where(columns.start_s.not_in(but))
    return list(session.connection().execute(query.order_by(columns.start_s)).all())


def _as_timeline(
    rows: Sequence[Row[Any]], class_lists: dict[int, tuple[str, ...]], length_s: int
) -> Timeline:
    columns = dict(zip(READ, zip(*rows, strict=True), strict=True)) if rows else {}
    of = {name: np.array(columns.get(name, ())) for name in NUMBERS}
    of["start_s"] = of["start_s"].astype(np.int64)
    of["end_s"] = of["start_s"] + length_s
    counts, classes = _counts(columns, class_lists)
    return Timeline(**of, length_s=length_s, counts_mean=counts, classes=classes)


def _counts(
    columns: dict[str, tuple[Any, ...]], class_lists: dict[int, tuple[str, ...]]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Put vectors of several class lists into one matrix; a class a row lacks counts as 0."""
    used = np.array(columns.get("class_list_id", ()), int)
    lists = {key: class_lists[key] for key in dict.fromkeys(used.tolist())}
    classes = tuple(dict.fromkeys(name for names in lists.values() for name in names))
    matrix = np.zeros((len(used), len(classes)))
    blobs = columns.get("counts_mean", ())
    for key, names in lists.items():
        of_list = np.flatnonzero(used == key)
        vectors = np.frombuffer(b"".join(blobs[i] for i in of_list), COUNT_DTYPE)
        places = np.array([classes.index(name) for name in names], int)
        matrix[np.ix_(of_list, places)] = vectors.reshape(len(of_list), len(names))
    return matrix, classes
