from webapp.bus.camera_peer import CameraPeer
from webapp.core.camera_setup import CameraSetup
from webapp.serving.child import PLACEMENT_FILE
from webapp.serving.placement import (
    Placement,
    placement_of,
    read_placement,
    write_placement,
)


def test_a_web_process_that_comes_after_finds_each_camera_where_it_is(tmp_path):
    peers = [CameraPeer([].append, holds_rooms=rooms) for rooms in (False, True)]
    peers[0].set_cameras([CameraSetup("door", "Door", "0")], [])
    peers[1].set_cameras([CameraSetup("class", "Class", "browser")], [])
    write_placement(tmp_path, placement_of(peers))
    assert read_placement(tmp_path) == Placement([False, True], {"door": 0, "class": 1})


def test_without_anything_kept_there_is_one_process_without_cameras(tmp_path):
    assert read_placement(tmp_path) == Placement()
    (tmp_path / PLACEMENT_FILE).write_text("{")
    assert read_placement(tmp_path) == Placement()
