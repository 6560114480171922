"""The command as a shell runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from skimage.data import astronaut

from tests.files.pictures import corner_picture, encode
from webapp.config import ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    cv2.imwrite(str(folder / "-a ü.jpg"), astronaut()[:, :, ::-1])
    (folder / "grey.png").write_bytes(encode(corner_picture(), "PNG"))
    (folder / "page.jpg").write_text("<html>")
    return folder


def image(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "webapp", "image", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | env,
        capture_output=True,
        text=True,
    )


def test_json_lines_and_failures_do_not_mix(folder):
    done = image(folder, "--json", "-", ".")
    assert done.returncode == 1
    faces = {
        record["path"]: record["faces"] for record in map(json.loads, done.stdout.splitlines())
    }
    assert {path: len(found) for path, found in faces.items()} == {"./-a ü.jpg": 1, "./grey.png": 0}
    assert len(done.stderr.splitlines()) == 2
    assert "page.jpg: is not a picture" in done.stderr


def test_a_leading_dash_and_a_table(folder):
    done = image(folder, "--", "-a ü.jpg")
    assert (done.returncode, done.stderr) == (0, "")
    assert "-a ü.jpg      1  happy" in done.stdout


@pytest.mark.parametrize("arguments", [(), ("--json", "-")])
def test_a_full_standard_output_is_one_line(folder, arguments):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "webapp", "image", *arguments, "grey.png"],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Error: standard output cannot be written (No space left on device). Send it elsewhere."
    ]


def test_the_limit_is_a_setting(folder):
    done = image(folder, "--", "-a ü.jpg", MAX_PIXELS="10000")
    assert done.returncode == 1
    assert "has 512 by 512 pixels; at most 10,000" in done.stderr


def test_wrong_settings_are_one_line(folder):
    done = image(folder, "grey.png", MODEL_DIR="/nowhere")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "/nowhere" in done.stderr


def test_no_path_is_a_mistake(folder):
    assert image(folder).returncode == 2
