"""The command as a shell runs it."""

import csv
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from skimage.data import astronaut

from tests.files.videos import frame_count, write_cut_off, write_text, write_video
from webapp.config import ROOT
from webapp.vision.backends import silence_video

ENV = os.environ | {"PYTHONPATH": str(ROOT)}
COMMAND = (sys.executable, "-m", "webapp", "video")
# Longer than any test waits; an interruption ends it.
ENDLESS_FRAMES = 20_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    silence_video()
    portrait = cv2.resize(astronaut()[:, :, ::-1], (256, 256))
    fourcc = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(folder / "-a ü.avi"), fourcc, 10, (256, 256))
    for _ in range(8):
        writer.write(portrait)
    writer.release()
    return folder


def video(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess:
    return subprocess.run([*COMMAND, *arguments], cwd=folder, env=ENV | env, capture_output=True)


def write_large(path: Path) -> Path:
    return write_video(path, "mp4v", size_wh=(160, 120))


def test_a_leading_dash_spaces_and_unicode(folder):
    done = video(folder, "--json", "out ü.json", "--every", "2", "--", "-a ü.avi")
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert lines[:2] == [
        "-a ü.avi:",
        "0:00.8 in 4 analysed frames; 1.0 faces in view on average, 1 at most",
    ]
    assert lines[-1].startswith("alert: would not have fired")
    records = json.loads((folder / "out ü.json").read_text())
    assert [record["frame"] for record in records] == [0, 2, 4, 6]
    assert [len(record["faces"]) for record in records] == [1] * 4
    assert {record["faces"][0]["emotion"] for record in records} == {"happy"}


def test_alert_expressions_that_the_model_lacks_are_named(folder):
    done = video(folder, "--every", "8", "--", "-a ü.avi", ALERT_EMOTIONS="boredom,happy")
    assert done.returncode == 0
    (warning,) = done.stderr.decode().splitlines()
    assert warning.startswith("evenkeel: ALERT_EMOTIONS: the model knows angry, ")
    assert warning.endswith("; ignored: boredom")
    assert done.stdout.decode().startswith("-a ü.avi:")


def test_no_alert_expression_that_the_model_has_is_an_error(folder):
    done = video(folder, "--json", "none.json", "--", "-a ü.avi", ALERT_EMOTIONS="boredom")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"ALERT_EMOTIONS: expected at least one of the model's classes" in done.stderr
    assert not (folder / "none.json").exists()


@pytest.mark.parametrize(
    ("write", "arguments", "message"),
    [
        (write_cut_off, [], b"cut off before its index"),
        (write_text, [], b"is text, not a video"),
        (None, ["--out", "x.avi"], b"ends in .mp4 or .webm"),
        (None, ["--json", "bad.mp4"], b"is the video that is read"),
        (write_large, [], b"has pictures of 160 by 120 pixels; at most 10,000"),
    ],
)
def test_what_goes_wrong_is_one_line(tmp_path, write, arguments, message):
    path = tmp_path / "bad.mp4"
    write(path) if write else write_video(path, "mp4v")
    done = video(tmp_path, *arguments, "bad.mp4", MAX_PIXELS="10000")
    assert done.returncode == 1
    assert message in done.stderr
    assert (done.stderr.count(b"\n"), done.stdout) == (1, b"")
    assert list(tmp_path.iterdir()) == [path]


def test_ctrl_c_shows_progress_until_then_and_leaves_whole_files(tmp_path):
    source = write_video(tmp_path / "long.avi", frames=ENDLESS_FRAMES)
    results = [tmp_path / name for name in ("out.json", "out.csv", "out.webm", "out.png")]
    options = zip(("--json", "--csv", "--out", "--timeline"), map(str, results), strict=True)
    command = [*COMMAND, str(source), *(part for option in options for part in option)]
    terminal, shown = pty.openpty()
    with subprocess.Popen(command, env=ENV, stdout=subprocess.PIPE, stderr=shown) as process:
        os.close(shown)
        before = read_until(terminal, b" a second")
        process.send_signal(signal.SIGINT)
        after = read_until(terminal, None)
        summary = process.stdout.read().decode()
    os.close(terminal)
    assert process.returncode == 130
    assert b"Reading" in before and b"/20000" in before
    assert after.rstrip().endswith(
        b"stopped before the end; the results so far are complete files."
    )
    records = json.loads(results[0].read_text())
    assert 0 < len(records) < ENDLESS_FRAMES
    assert [record["frame"] for record in records] == list(range(len(records)))
    assert f"in {len(records):,} analysed frame" in summary
    with results[1].open(newline="") as file:
        assert all(row["frame"] for row in csv.DictReader(file))
    assert frame_count(results[2]) == len(records)
    assert cv2.imread(str(results[3])) is not None
    assert sorted(tmp_path.iterdir()) == sorted([source, *results])


def read_until(terminal: int, wanted: bytes | None) -> bytes:
    """Read what a process shows until it has shown something, or until it ends."""
    shown = b""
    while wanted is None or wanted not in shown:
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            # Linux reports in this way that nobody writes to a terminal any more.
            break
    return shown
