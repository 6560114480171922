import csv
import gc
import json
import os
import signal
import tracemalloc
from io import BytesIO, TextIOWrapper
from pathlib import Path

import cv2
import pytest

from tests.cameras.fakes import FakeDetector
from tests.files.test_video_summary import RULE
from tests.files.videos import (
    FRAMES,
    RATE_FPS,
    frame_count,
    load_models,
    write_changing_size,
    write_cut_off,
    write_sound,
    write_text,
    write_video,
    write_wrong_count,
)
from tests.gunicorn_server import free_port
from tests.mjpeg_camera import MjpegCamera
from webapp.cameras.analysis import FaceModels
from webapp.core.errors import OutputError, SourceError
from webapp.core.faces import Faces
from webapp.demo import CLIP
from webapp.files import video_part
from webapp.files.video_records import STDOUT
from webapp.files.video_run import VideoOptions, run_video
from webapp.files.video_source import VideoFile


class Outputs:
    """Every result in one folder."""

    def __init__(self, folder: Path) -> None:
        self.json, self.csv = folder / "out.json", folder / "out.csv"
        self.video, self.picture = folder / "out.mp4", folder / "out.png"

    def options(self, source, **options) -> VideoOptions:
        files = {
            "json_file": self.json,
            "csv_file": self.csv,
            "out": self.video,
            "timeline": self.picture,
        }
        return VideoOptions(str(source), CLIP, **(files | options))

    def frames(self) -> list[int]:
        """Return the numbers of the frames that were read; every result must be whole."""
        records = json.loads(self.json.read_text())
        with self.csv.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == sum(len(record["faces"]) for record in records)
        assert frame_count(self.video) == len(records)
        assert cv2.imread(str(self.picture)) is not None
        return [record["frame"] for record in records]

    def is_nothing_there(self) -> bool:
        """Return whether no result was left, not even a part."""
        return not self.json.parent.exists() or not list(self.json.parent.iterdir())


@pytest.fixture
def outputs(tmp_path) -> Outputs:
    return Outputs(tmp_path / "results")


class SignallingDetector(FakeDetector):
    """Has Ctrl-C pressed while it looks at a frame."""

    def __init__(self, at_call: int) -> None:
        super().__init__(1)
        self._at_call = at_call

    def detect(self, image_bgr, width_px: int | None = None) -> Faces:
        faces = super().detect(image_bgr, width_px)
        if self.calls == self._at_call:
            os.kill(os.getpid(), signal.SIGINT)
        return faces


def interrupted_reader(at_call: int = 0) -> FaceModels:
    """Return a reader that is interrupted: while it is built, or at a frame counted from 1."""
    if not at_call:
        os.kill(os.getpid(), signal.SIGINT)
    reader = load_models()
    return FaceModels(
        SignallingDetector(at_call), reader.crop, reader.classifier, reader.alert_emotions
    )


def test_everything_about_a_video(tmp_path, outputs, capsys):
    source = write_video(tmp_path / "crew ü.avi")
    assert run_video(outputs.options(source), load_models, RULE) == 0
    assert outputs.frames() == list(range(FRAMES))
    records = json.loads(outputs.json.read_text())
    assert [record["time_s"] for record in records] == [n / RATE_FPS for n in range(FRAMES)]
    assert {(record["path"], record["width"], record["height"]) for record in records} == {
        (str(source), 64, 48)
    }
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.splitlines()[:2] == [
        f"{source}:",
        "0:03.0 in 30 analysed frames; 1.0 faces in view on average, 1 at most",
    ]
    assert "alert: would have fired once, at 0:01.0 (since 0:00.0, still open" in printed.out


def test_tracks_and_smoothing_go_by_the_time_of_the_video(tmp_path, outputs):
    source = write_video(tmp_path / "clip.avi")
    run_video(outputs.options(source), load_models, RULE)
    with outputs.csv.open(newline="") as file:
        assert {row["face"] for row in csv.DictReader(file)} == {"1"}


def test_every_nth_frame_until_a_time(tmp_path, outputs, capsys):
    source = write_video(tmp_path / "clip.avi")
    assert run_video(outputs.options(source, every=4, seconds=2.0), load_models, RULE) == 0
    assert outputs.frames() == [0, 4, 8, 12, 16]
    assert "0:02.0 in 5 analysed frames" in capsys.readouterr().out


def test_a_summary_needs_no_file(tmp_path, capsys):
    source = write_video(tmp_path / "clip.avi")
    assert run_video(VideoOptions(str(source), CLIP), load_models, RULE) == 0
    assert list(tmp_path.iterdir()) == [source]
    assert "angry           0:03.0   100%" in capsys.readouterr().out


def test_a_terminal_that_lacks_a_letter_gets_another(tmp_path, monkeypatch):
    stream = TextIOWrapper(BytesIO(), "latin-1")
    monkeypatch.setattr("sys.stdout", stream)
    source = write_video(tmp_path / "日本.avi")
    assert run_video(VideoOptions(str(source), CLIP), load_models, RULE) == 0
    stream.seek(0)
    assert stream.readline() == f"{tmp_path}/??.avi:\n"


def test_records_on_standard_output_are_alone_there(tmp_path, capsys):
    options = VideoOptions(str(write_video(tmp_path / "a.avi")), CLIP, json_file=STDOUT)
    assert run_video(options, load_models, RULE) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert [json.loads(line)["frame"] for line in lines] == list(range(FRAMES))
    assert "analysed frames" in printed.err


@pytest.mark.parametrize("at_call", [1, 12])
def test_an_interruption_leaves_whole_files(tmp_path, outputs, capsys, at_call):
    source = write_video(tmp_path / "clip.avi")
    code = run_video(outputs.options(source), lambda: interrupted_reader(at_call), RULE)
    assert code == 130
    assert outputs.frames() == list(range(at_call))
    printed = capsys.readouterr()
    assert printed.err.splitlines() == [
        "evenkeel: stopping; completing the files may take a while.",
        "evenkeel: stopped before the end; the results so far are complete files.",
    ]
    assert f"in {at_call} analysed frame" in printed.out


@pytest.mark.parametrize(
    ("seconds", "at_call", "expected"), [(0.5, -1, 0), (None, 1, 130)], ids=["--seconds", "Ctrl-C"]
)
def test_the_end_is_seen_between_two_analysed_frames(tmp_path, capsys, seconds, at_call, expected):
    # Who reads on to the end finds that it comes too early.
    source = write_wrong_count(tmp_path / "clip.avi", promised=300)
    options = VideoOptions(str(source), CLIP, every=1000, seconds=seconds)
    assert run_video(options, lambda: interrupted_reader(at_call), RULE) == expected
    printed = capsys.readouterr()
    assert "in 1 analysed frame" in printed.out
    assert "promises" not in printed.err and "completing" not in printed.err


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        ({"every": 1000}, "0:03.0 in 1 analysed frame;"),
        ({"every": 20}, "0:03.0 in 2 analysed frames;"),
        ({"every": 20, "seconds": 2.6}, "0:02.6 in 2 analysed frames;"),
        ({"every": 20, "seconds": 0.52}, "0:00.5 in 1 analysed frame;"),
    ],
)
def test_no_time_is_counted_beyond_the_end(tmp_path, capsys, options, printed):
    source = write_video(tmp_path / "clip.avi")
    assert run_video(VideoOptions(str(source), CLIP, **options), load_models, RULE) == 0
    assert printed in capsys.readouterr().out


def test_an_end_before_any_readable_picture_is_a_failure(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(VideoFile, "_retrieve", lambda _: None)
    source = write_video(tmp_path / "clip.avi")
    assert run_video(VideoOptions(str(source), CLIP, seconds=0.5), load_models, RULE) == 1
    assert "nothing was written" in capsys.readouterr().err


def test_an_interruption_before_the_first_frame_leaves_the_older_files(tmp_path, outputs, capsys):
    source = write_video(tmp_path / "clip.avi")
    outputs.json.parent.mkdir()
    outputs.json.write_text("older")
    assert run_video(outputs.options(source), interrupted_reader, RULE) == 130
    assert list(outputs.json.parent.iterdir()) == [outputs.json]
    assert outputs.json.read_text() == "older"
    assert capsys.readouterr().err == (
        "evenkeel: stopped before the first picture; nothing was written.\n"
    )


def test_a_disk_that_is_nearly_full_ends_with_whole_files(tmp_path, outputs, capsys, monkeypatch):
    monkeypatch.setattr(video_part, "LEAST_ROOM_BYTES", 2**60)
    source = write_video(tmp_path / "clip.avi")
    assert run_video(outputs.options(source), load_models, RULE) == 1
    assert outputs.frames() == [0]
    assert "the disk is nearly full" in capsys.readouterr().err


def test_a_wrong_frame_count_is_reported_and_the_rest_done(tmp_path, outputs, capsys):
    source = write_wrong_count(tmp_path / "clip.avi", promised=300)
    assert run_video(outputs.options(source), load_models, RULE) == 1
    assert outputs.frames() == list(range(FRAMES))
    (line,) = capsys.readouterr().err.splitlines()
    assert "its header promises 300, 30.0 s" in line


def test_a_size_that_changes_goes_on_in_the_first(tmp_path, outputs):
    source = write_changing_size(tmp_path / "clip.mjpeg")
    assert run_video(outputs.options(source), load_models, RULE) == 0
    assert outputs.frames() == list(range(20))
    records = json.loads(outputs.json.read_text())
    assert {(record["width"], record["height"]) for record in records} == {(64, 48)}


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (write_cut_off, "cut off before its index"),
        (write_sound, "only sound"),
        (write_text, "is text, not a video"),
        (lambda path: path, "No such file"),
    ],
)
def test_what_cannot_be_read_leaves_nothing(tmp_path, outputs, write, message):
    options = outputs.options(write(tmp_path / "clip.mp4"))
    with pytest.raises(SourceError, match=message):
        run_video(options, load_models, RULE)
    assert outputs.is_nothing_there()


def test_a_video_without_frames_leaves_nothing(tmp_path, outputs):
    source = write_video(tmp_path / "clip.avi", frames=0)
    with pytest.raises(SourceError, match="no readable picture"):
        run_video(outputs.options(source), load_models, RULE)
    assert outputs.is_nothing_there()


def test_a_reader_that_fails_leaves_nothing(tmp_path, outputs):
    def failing() -> FaceModels:
        reader = load_models()
        reader.detector.fails = True
        return reader

    source = write_video(tmp_path / "clip.avi")
    with pytest.raises(RuntimeError, match="cannot take"):
        run_video(outputs.options(source), failing, RULE)
    assert outputs.is_nothing_there()


@pytest.mark.parametrize("option", ["json_file", "csv_file", "out", "timeline"])
def test_the_source_is_never_written_over(tmp_path, option):
    source = write_video(tmp_path / "clip.avi")
    before = source.read_bytes()
    with pytest.raises(OutputError, match="is the video that is read"):
        run_video(VideoOptions(str(source), CLIP, **{option: source}), load_models, RULE)
    assert source.read_bytes() == before


def test_nor_is_the_demo_clip():
    with pytest.raises(OutputError, match="is the video that is read"):
        run_video(VideoOptions("demo", CLIP, out=CLIP), load_models, RULE)


@pytest.mark.parametrize("option", ["json_file", "csv_file", "out", "timeline"])
def test_a_result_that_cannot_be_written_leaves_nothing(tmp_path, outputs, option):
    source = write_video(tmp_path / "clip.avi")
    (tmp_path / "taken").touch()
    unwritable = tmp_path / "taken" / getattr(outputs.options(source), option).name
    with pytest.raises(OutputError, match=r"taken.* cannot be written"):
        run_video(outputs.options(source, **{option: unwritable}), load_models, RULE)
    assert outputs.is_nothing_there()


@pytest.mark.parametrize("source", ["0", "rtsp://host/live"])
def test_what_has_no_end_needs_seconds(source):
    with pytest.raises(SourceError, match="--seconds N"):
        run_video(VideoOptions(source, CLIP), load_models, RULE)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf")])
def test_seconds_are_a_number(seconds):
    with pytest.raises(SourceError, match="expected a number of seconds"):
        run_video(VideoOptions("demo", CLIP, seconds=seconds), load_models, RULE)


def test_standard_output_takes_one_result():
    options = VideoOptions("demo", CLIP, json_file=STDOUT, csv_file=STDOUT)
    with pytest.raises(OutputError, match="only one result"):
        run_video(options, load_models, RULE)


def test_a_camera_behind_a_url_is_read_for_a_time(outputs, capsys):
    camera = MjpegCamera(free_port())
    camera.switch_on()
    address = f"http://127.0.0.1:{camera.port}/live"
    try:
        url = f"{address}?key=hunter2"
        assert run_video(outputs.options(url, seconds=1.0), load_models, RULE) == 0
    finally:
        camera.switch_off()
    records = json.loads(outputs.json.read_text())
    assert records[0]["path"] == address
    assert 0 == records[0]["time_s"] < records[-1]["time_s"] < 1.0
    assert frame_count(outputs.video) >= 1
    assert "hunter2" not in capsys.readouterr().out


def test_memory_does_not_grow_with_the_video(tmp_path):
    def peak_bytes(frames: int) -> int:
        outputs = Outputs(tmp_path / f"{frames}")
        source = write_video(tmp_path / f"{frames}.avi", frames=frames)
        # What other tests left behind would put off the collection of what this run drops.
        gc.collect()
        gc.freeze()
        gc.collect()
        tracemalloc.start()
        run_video(outputs.options(source, out=None, timeline=None), load_models, RULE)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        gc.unfreeze()
        assert len(json.loads(outputs.json.read_text())) == frames
        return peak

    # A frame has 9,216 bytes, a record 500.
    peak_bytes(50)
    assert peak_bytes(800) < peak_bytes(200) + 150_000
