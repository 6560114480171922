"""Tests of what a decoder can no longer do, in a process of its own."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.files.videos import write_video
from webapp.config import ROOT


@pytest.fixture(scope="module")
def attempts(tmp_path_factory) -> list[dict[str, bool]]:
    """What comes off before and after."""
    folder = tmp_path_factory.mktemp("playlist")
    write_video(folder / "clip.avi")
    playlist = folder / "list.ffconcat"
    playlist.write_text("ffconcat version 1.0\nfile clip.avi\n")
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = run("tests.decoding.confined_process", folder, playlist, server.getsockname()[1])
    return json.loads(done.stdout)


def run(module: str, folder: Path, *arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, check=True)


@pytest.mark.parametrize(
    "attempt", ["follow a playlist", "open a file", "connect", "take much memory"]
)
def test_what_came_off_before_does_no_longer(attempts, attempt):
    before, after = attempts
    assert before[attempt]
    assert not after[attempt]
