"""Tests of the cameras that the database holds."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from webapp.core.camera_list import CameraSource
from webapp.core.camera_setup import CameraSetup
from webapp.core.errors import NameTakenError
from webapp.core.pauses import Pause
from webapp.storage.audit import list_entries
from webapp.storage.camera_tables import CameraRow
from webapp.storage.cameras import (
    camera_titles,
    enabled_cameras,
    find_camera,
    list_cameras,
    move_camera,
    remove_camera,
    save_camera,
    seed_cameras,
    switch_camera,
)
from webapp.storage.database import Database
from webapp.storage.pauses import pause_camera, paused_cameras
from webapp.storage.sealing import Sealer

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
SEALER = Sealer("k" * 32)
URL = "rtsp://me:hunter2@camera/live"
SETTINGS = (CameraSource("door", URL), CameraSource("hall", "0"))
STRIP = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.3))


@pytest.fixture
def seeded(database: Database) -> Database:
    with database.session() as work:
        assert seed_cameras(work, SETTINGS, SEALER, NOW)
    return database


def names(database: Database) -> list[str]:
    with database.session() as work:
        return [stored.setup.name for stored in list_cameras(work, SEALER)]


def setup_of(database: Database, name: str, sealer: Sealer = SEALER) -> CameraSetup:
    with database.session() as work:
        stored = find_camera(work, name, sealer)
    assert stored
    return stored.setup


def save(database: Database, setup: CameraSetup, sealer: Sealer = SEALER) -> None:
    with database.session() as work:
        save_camera(work, setup, sealer, "mira", NOW)


def dump(database: Database) -> str:
    with database.session() as work:
        rows = [row.source for row in work.scalars(select(CameraRow))]
        return repr(rows + [entry.details for entry in list_entries(work)])


def test_addresses_are_sealed_and_nothing_else_is(seeded):
    assert [setup_of(seeded, name).source for name in ("door", "hall")] == [URL, "0"]
    assert "hunter2" not in dump(seeded) and "'0'" in dump(seeded)


def test_the_settings_count_until_somebody_changes_a_camera(seeded):
    other = (CameraSource("gate", "demo"),)
    with seeded.session() as work:
        assert seed_cameras(work, other, SEALER, NOW)
    assert names(seeded) == ["gate"]
    save(seeded, replace(setup_of(seeded, "gate"), title="Gate"))
    with seeded.session() as work:
        assert not seed_cameras(work, SETTINGS, SEALER, NOW)
    assert names(seeded) == ["gate"]


def test_a_start_with_the_same_settings_changes_nothing(seeded):
    before = dump(seeded)
    with seeded.session() as work:
        assert seed_cameras(work, SETTINGS, SEALER, NOW)
    assert dump(seeded) == before


def test_devices_of_the_settings_belong_to_the_worker_that_says_so(database):
    with database.session() as work:
        seed_cameras(work, SETTINGS, SEALER, NOW, "north")
    assert [setup_of(database, name).worker for name in ("door", "hall")] == ["", "north"]


def test_everything_that_is_set_up_is_kept_and_noted_without_what_is_secret(seeded):
    setup = CameraSetup(
        "gate", "Gate", "http://a:hunter2@b/", 90, True, (STRIP,), 960, 2.5, worker="north"
    )
    save(seeded, setup)
    assert setup_of(seeded, "gate") == setup
    changed = replace(setup, source="http://a:hunter3@b/", most_fps=None)
    save(seeded, changed)
    assert setup_of(seeded, "gate") == changed
    with seeded.session() as work:
        newest = list_entries(work, 1)[0]
    wanted = {"camera": "gate", "pictures a second": None, "source": "http://b/…"}
    assert (newest.author, newest.action, newest.details) == ("mira", "camera changed", wanted)
    assert "hunter" not in dump(seeded)


def test_with_another_key_an_address_is_gone_until_it_is_entered_again(seeded):
    other = Sealer("another key, of sixteen letters")
    lost = setup_of(seeded, "door", other)
    assert lost.source is None and lost.kind == "url"
    save(seeded, replace(lost, title="Front door"), other)
    assert setup_of(seeded, "door").source == URL, "what cannot be read is not lost"
    save(seeded, replace(lost, source="rtsp://camera/other"), other)
    assert setup_of(seeded, "door", other).source == "rtsp://camera/other"


def test_a_title_belongs_to_one_camera(seeded):
    with pytest.raises(NameTakenError):
        save(seeded, replace(setup_of(seeded, "hall"), title="DOOR"))
    with seeded.session() as work:
        remove_camera(work, "door", "mira", NOW)
    save(seeded, replace(setup_of(seeded, "hall"), title="DOOR"))


def test_a_camera_that_was_removed_leaves_its_title_and_no_source(seeded):
    with seeded.session() as work:
        pause_camera(work, Pause("door", NOW, "mira"))
        remove_camera(work, "door", "mira", NOW)
    assert names(seeded) == ["hall"]
    with seeded.session() as work:
        assert camera_titles(work) == {"door": "door", "hall": "hall"}
        assert paused_cameras(work) == {}
        assert work.get_one(CameraRow, "door").source == ""
        assert find_camera(work, "door", SEALER) is None
        for change in (remove_camera, lambda *them: switch_camera(*them[:2], True, *them[2:])):
            with pytest.raises(KeyError):
                change(work, "door", "mira", NOW)
    with pytest.raises(KeyError):
        save(seeded, CameraSetup("door", "Door", "0"))


def test_cameras_are_moved_and_switched_off(seeded):
    save(seeded, CameraSetup("gate", "Gate", "1"))
    for places, order in ((-1, "door gate hall"), (-9, "gate door hall"), (9, "door hall gate")):
        with seeded.session() as work:
            move_camera(work, "gate", places, "mira", NOW)
        assert " ".join(names(seeded)) == order
    with seeded.session() as work:
        switch_camera(work, "hall", False, "mira", NOW)
        assert [setup.name for setup in enabled_cameras(work, SEALER)] == ["door", "gate"]
