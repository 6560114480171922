"""Tests of what cameras were said to be for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from webapp.core.camera_list import CameraSource
from webapp.core.camera_setup import CameraSetup
from webapp.core.pauses import Pause
from webapp.core.privacy import Privacy
from webapp.core.purpose import Hold, Lack, Protection, Purpose, PurposeKind, Region
from webapp.storage.audit import list_entries
from webapp.storage.cameras import find_camera, remove_camera, save_camera, seed_cameras
from webapp.storage.database import Database
from webapp.storage.pauses import pause_camera
from webapp.storage.purposes import (
    cameras_off,
    find_holds,
    list_purposes,
    newest_purposes,
    reads_since,
    state_purpose,
    withdraw_purpose,
)
from webapp.storage.sealing import Sealer

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
LATER, YEAR = NOW + timedelta(hours=1), timedelta(days=365)
SEALER = Sealer("k" * 32)
CAMERAS = (
    CameraSource("door", "rtsp://me:hunter2@camera/live"),
    CameraSource("hall", "0"),
    CameraSource("class", "browser 9"),
    CameraSource("clip", "drill.mp4"),
    CameraSource("demo", "demo"),
)
REASON = "Crane operators must not lift while they are unwell."


@pytest.fixture
def seeded(database: Database) -> Database:
    with database.session() as work:
        seed_cameras(work, CAMERAS, SEALER, NOW)
    return database


def state(database: Database, camera: str = "door", **changes) -> Purpose:
    with database.session() as work:
        stated = Purpose(
            camera=camera,
            kind=PurposeKind.SAFETY,
            reason=REASON,
            approved_by="Works council",
            is_informed=True,
            region=Region.EU,
            protection=Protection(Privacy.BLUR, 3),
            stated_by="mira",
            stated_at=NOW,
            valid_until=NOW + YEAR,
            reads_since=reads_since(work, camera),
        )
        stated = replace(stated, **changes)
        state_purpose(work, stated, SEALER)
    return stated


def holds(database: Database, now: datetime = NOW) -> dict[str, Lack]:
    with database.session() as work:
        return {name: hold.lack for name, hold in find_holds(work, now).items()}


def history(database: Database, camera: str | None = None) -> Sequence[Purpose]:
    with database.session() as work:
        return list_purposes(work, camera)


def change_source(database: Database, source: str, now: datetime = LATER) -> CameraSetup:
    with database.session() as work:
        stored = find_camera(work, "door", SEALER)
        assert stored
        setup = replace(stored.setup, source=source)
        save_camera(work, setup, SEALER, "mira", now)
    return setup


def test_cameras_addresses_and_rooms_are_held_off_until_a_purpose_is_stated(seeded):
    assert holds(seeded) == dict.fromkeys(("door", "hall", "class"), Lack.UNSTATED)
    for camera in ("door", "hall", "class"):
        state(seeded, camera)
    assert holds(seeded) == {}
    assert holds(seeded, NOW + YEAR) == dict.fromkeys(("door", "hall", "class"), Lack.ENDED)


def test_a_statement_protects_at_once_and_is_noted(seeded):
    state(seeded, protection=Protection(Privacy.COUNTS, 5))
    with seeded.session() as work:
        stored = find_camera(work, "door", SEALER)
        entries = [entry for entry in list_entries(work) if entry.action == "purpose stated"]
    assert stored and (stored.setup.privacy, stored.setup.min_group) == (Privacy.COUNTS, 5)
    assert [(entry.author, entry.details["approved by"]) for entry in entries] == [
        ("mira", "Works council")
    ]


def test_every_statement_stays_and_the_newest_counts(seeded):
    first = state(seeded, valid_until=LATER)
    second = state(seeded, stated_at=LATER, approved_by="Site manager")
    state(seeded, "hall")
    assert list(history(seeded, "door")) == [second, first]
    assert [stated.camera for stated in history(seeded)] == ["hall", "door", "door"]
    with seeded.session() as work:
        assert newest_purposes(work)["door"] == second
        remove_camera(work, "door", "mira", LATER)
    assert list(history(seeded, "door")) == [second, first]
    assert "door" not in holds(seeded, LATER)


def test_another_source_needs_a_statement_of_its_own_and_another_name_does_not(seeded):
    state(seeded)
    with seeded.session() as work:
        stored = find_camera(work, "door", SEALER)
        assert stored
        save_camera(work, replace(stored.setup, title="Gate", turn_deg=90), SEALER, "mira", LATER)
    assert "door" not in holds(seeded)
    change_source(seeded, "rtsp://me:another-password@camera/live")
    assert "door" not in holds(seeded)
    # The same host: pages show no difference.
    change_source(seeded, "rtsp://me:hunter2@camera/other")
    assert holds(seeded)["door"] == Lack.OTHER_SOURCE
    change_source(seeded, "demo")
    assert "door" not in holds(seeded)
    change_source(seeded, "rtsp://me:hunter2@camera/live")
    assert holds(seeded)["door"] == Lack.OTHER_SOURCE


def test_the_settings_take_no_purpose_from_a_camera_that_they_leave_where_it_is(seeded):
    shows_all = {"kind": PurposeKind.DEMONSTRATION, "protection": Protection(Privacy.LABELS, 1)}
    for camera in ("door", "hall", "class"):
        state(seeded, camera, **shows_all)
    changed = (
        CameraSource("door", "rtsp://camera/other"),
        *CAMERAS[1:2],
        CameraSource("yard", "1"),
    )
    with seeded.session() as work:
        assert seed_cameras(work, changed, SEALER, LATER)
    assert holds(seeded, LATER) == {"door": Lack.OTHER_SOURCE, "yard": Lack.UNSTATED}


def test_a_withdrawn_purpose_holds_no_more_and_is_withdrawn_once(seeded):
    state(seeded)
    with seeded.session() as work:
        withdraw_purpose(work, "door", "mira", LATER)
        withdraw_purpose(work, "door", "tom", LATER + YEAR)
        assert find_holds(work, LATER)["door"] == Hold(Lack.WITHDRAWN, LATER)
        with pytest.raises(KeyError):
            withdraw_purpose(work, "hall", "mira", LATER)
    with seeded.session() as work:
        entries = [each for each in list_entries(work) if each.action == "purpose withdrawn"]
    assert [each.author for each in entries] == ["mira"]
    state(seeded, stated_at=LATER)
    assert "door" not in holds(seeded, LATER)


def test_what_is_not_complete_or_of_no_camera_is_not_kept(seeded):
    with pytest.raises(ValueError, match="were informed"):
        state(seeded, is_informed=False)
    with pytest.raises(KeyError):
        state(seeded, camera="cellar")
    assert history(seeded) == []


def test_cameras_that_are_paused_are_off_whatever_their_purpose(seeded):
    state(seeded)
    with seeded.session() as work:
        pause_camera(work, Pause("door", LATER, "mira"))
        pause_camera(work, Pause("clip", LATER, "mira"))
        off = cameras_off(work, LATER)
    assert off == {"door": LATER, "clip": LATER, "hall": NOW, "class": NOW}
