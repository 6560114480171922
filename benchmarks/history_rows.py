"""Makes up a long history and writes it as fast as the database takes it."""

import json
import os
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from sqlalchemy import Connection

from webapp.core.scales import PRESENT_SCALE
from webapp.core.timeline import Timeline, coarsened
from webapp.storage.database import Database
from webapp.storage.history import COUNT_DTYPE, camera_id_of
from webapp.storage.history_tables import RESOLUTIONS, ClassListRow

CLASSES = (
    *("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"),
    "uncertain",
)
COLUMNS = tuple(column.key for column in RESOLUTIONS[0].__table__.columns)
CHUNK_S = 10 * 86400
ROW_S = RESOLUTIONS[0].LENGTH_S
POSTGRESQL_SETTLES = ("SET statement_timeout = 0", "VACUUM (ANALYZE)", "CHECKPOINT")
SQLITE_SETTLES = ("ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)")


def fill(database: Database, cameras: Iterable[str], start_s: int, end_s: int) -> int:
    """Write rows of all resolutions for whole hours; returns how many."""
    chance, rows = np.random.default_rng(1), 0
    with database.session() as session:
        camera_ids = [camera_id_of(session, name) for name in cameras]
        names = ClassListRow(names=json.dumps(CLASSES))
        session.add(names)
        session.flush()
        class_list_id = names.id
    for camera_id in camera_ids:
        for first_s in range(start_s, end_s, CHUNK_S):
            fine = made_up(chance, first_s, min(first_s + CHUNK_S, end_s))
            with database.engine.begin() as connection:
                for resolution in RESOLUTIONS:
                    of = coarsened(fine, resolution.LENGTH_S)
                    lines = _lines(of, camera_id, class_list_id)
                    _insert(connection, resolution.__tablename__, lines)
                    rows += len(of)
    return rows


def settle(database: Database) -> None:
    """Let database and disk do now what they do by themselves within minutes.

    Else they would do it while something is measured.
    """
    is_postgresql = database.engine.dialect.name == "postgresql"
    commands = POSTGRESQL_SETTLES if is_postgresql else SQLITE_SETTLES
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # It is closed afterwards, so that what is set here holds for nothing else.
        connection.detach()
        for command in commands:
            connection.exec_driver_sql(command)
    # On Linux it returns only when everything is written.
    os.sync()


def made_up(chance: np.random.Generator, start_s: int, end_s: int) -> Timeline:
    """Return ten-second rows of a crew that comes and goes, a twentieth of them without data."""
    start = np.arange(start_s, end_s, ROW_S, dtype=np.int64)
    count = len(start)
    faces = 3 + 2.5 * np.sin(start / 7000) + chance.normal(0, 0.5, count)
    data_s = np.where(chance.random(count) < 0.05, 0.0, 10.0)
    faces = np.where(data_s > 0, np.maximum(0, faces), 0)
    shares = chance.dirichlet(np.ones(len(CLASSES)), count)
    indicator = np.where(faces > 0, 100 * (shares[:, 0] + shares[:, 2]), 0)
    return Timeline(
        start_s=start,
        end_s=start + ROW_S,
        length_s=ROW_S,
        data_s=data_s,
        faces_s=np.where(faces > 0, data_s, 0),
        faces_mean=faces,
        faces_max=np.ceil(faces).astype(int),
        counts_mean=shares * faces[:, None],
        classes=CLASSES,
        indicator_mean=indicator,
        indicator_max=np.minimum(100, indicator * 1.3),
        scale=np.full(count, PRESENT_SCALE),
    )


def _lines(of: Timeline, camera_id: int, class_list_id: int) -> Iterator[tuple[Any, ...]]:
    size = COUNT_DTYPE.itemsize * len(CLASSES)
    blob = of.counts_mean.astype(COUNT_DTYPE).tobytes()
    columns: dict[str, Iterable[Any]] = {
        name: getattr(of, name).tolist() for name in COLUMNS if hasattr(of, name)
    }
    columns["camera_id"] = [camera_id] * len(of)
    columns["class_list_id"] = [class_list_id] * len(of)
    columns["counts_mean"] = [blob[at : at + size] for at in range(0, len(blob), size)]
    return zip(*(columns[name] for name in COLUMNS), strict=True)


def _insert(connection: Connection, name: str, lines: Iterable[tuple[Any, ...]]) -> None:
    driver = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        # Ten days in one statement take longer than a page may.
        driver.execute("SET LOCAL statement_timeout = 0")
        with driver.copy(f"COPY {name} ({', '.join(COLUMNS)}) FROM STDIN") as copy:  # type: ignore[attr-defined]
            for line in lines:
                copy.write_row(line)
        return
    marks = ", ".join("?" * len(COLUMNS))
    driver.executemany(f"INSERT INTO {name} ({', '.join(COLUMNS)}) VALUES ({marks})", lines)
