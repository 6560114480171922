from dataclasses import replace

import pytest

from webapp.core.camera_setup import CameraSetup, free_name, shown_source
from webapp.core.privacy import Privacy

DOOR = CameraSetup("door", "Front door", "rtsp://me:secret@camera.lan:554/live?token=abc")


def test_title_and_what_viewers_see_change_nothing_that_a_camera_gives():
    assert DOOR.gives_the_same(replace(DOOR, title="Gate", viewers_see=Privacy.BLUR))
    assert not DOOR.shows_the_same(replace(DOOR, viewers_see=Privacy.BLUR))
    assert not DOOR.gives_the_same(replace(DOOR, is_mirrored=True))


@pytest.mark.parametrize(
    ("title", "taken", "name"),
    [
        ("Front door", [], "Front-door"),
        ("Front door", ["front-DOOR"], "Front-door-2"),
        ("Front door", ["Front-door", "Front-door-2"], "Front-door-3"),
        ("Übergabe", [], "Ubergabe"),
        ("東門", ["camera"], "camera-2"),
        ("a" * 60, ["a" * 40], "a" * 38 + "-2"),
    ],
)
def test_a_name_is_like_the_title_and_nobodys(title, taken, name):
    assert free_name(title, taken) == name


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (DOOR.source, "rtsp://camera.lan/…"),
        ("http://[fd00::1]:80/a?key=secret", "http://[fd00::1]/…"),
        ("0 1280x720@30", "0 1280x720@30"),
        (None, "an address that cannot be read any more"),
    ],
)
def test_of_an_address_only_scheme_and_host_are_shown(source, shown):
    assert shown_source(replace(DOOR, source=source)) == shown
    assert "secret" not in repr(DOOR)
