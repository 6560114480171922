"""Tests of what a camera process is told at its start."""

import subprocess

from webapp.bus.process_messages import SetCameras
from webapp.core.camera_setup import CameraSetup
from webapp.serving.camera_share import read_cameras, write_cameras


def test_a_process_can_be_started_with_many_cameras_with_large_masks():
    mask = 20 * (tuple((place / 41, 0.123456) for place in range(40)),)
    setups = [CameraSetup(f"c{n}", "Tür", "rtsp://u:p@h/x", mask=mask) for n in range(40)]
    cameras = SetCameras(tuple(setups), ("hall",))
    variables = dict(write_cameras(cameras))
    subprocess.run(["true"], env=variables, check=True)
    assert read_cameras(variables.pop) == cameras
    assert variables == {}
