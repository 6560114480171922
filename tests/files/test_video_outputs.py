import json
import os
from functools import partial
from pathlib import Path

import pytest

from tests.files.readings import CLASSES, video_frame
from webapp.core.errors import OutputError
from webapp.files.video_outputs import VideoOutputs, check_targets
from webapp.files.video_records import STDOUT, CsvRows, JsonRecords, VideoFrame


class FullOutput:
    """Takes one frame, then fails."""

    def __init__(self) -> None:
        self.frames = 0
        self.is_discarded = False

    def write(self, video_frame: VideoFrame) -> None:
        self.frames += 1
        if self.frames > 1:
            raise OutputError("the disk is full.")

    def check_room(self) -> None:
        raise OutputError("the disk is nearly full.")

    def finish(self) -> None:
        raise AssertionError("a failed output is not finished")

    def discard(self) -> None:
        self.is_discarded = True


def test_one_that_fails_is_dropped_and_the_others_are_whole(tmp_path):
    full, path = FullOutput(), tmp_path / "out.json"
    outputs = VideoOutputs([lambda: full, partial(JsonRecords, path)])
    for number in range(3):
        outputs.write(video_frame(number))
    outputs.finish()
    assert (full.frames, full.is_discarded) == (2, True)
    assert outputs.complaints == ["the disk is full."]
    assert [record["frame"] for record in json.loads(path.read_text())] == [0, 1, 2]


def test_one_that_cannot_be_opened_leaves_nothing_of_the_others(tmp_path):
    (tmp_path / "taken").touch()
    first = partial(JsonRecords, tmp_path / "out.json")
    second = partial(CsvRows, tmp_path / "taken" / "out.csv", CLASSES)
    with pytest.raises(OutputError, match="cannot be written"):
        VideoOutputs([first, second])
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_room_is_checked_once_a_second():
    outputs = VideoOutputs([FullOutput])
    for now_s in (10.0, 10.5, 10.9):
        outputs.check_room(now_s)
    assert outputs.complaints == ["the disk is nearly full."]


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (["in.mp4"], "is the video that is read"),
        (["out.json", "./in.mp4"], "is the video that is read"),
        (["hard.mp4"], "is the video that is read"),
        (["soft.mp4"], "is the video that is read"),
        (["out.csv", "out.csv"], "named for two results"),
        (["out.csv", "sub/../out.csv"], "named for two results"),
    ],
)
def test_what_would_be_written_over_is_refused(tmp_path, monkeypatch, targets, message):
    monkeypatch.chdir(tmp_path)
    source = Path("in.mp4")
    source.touch()
    Path("sub").mkdir()
    os.link(source, "hard.mp4")
    Path("soft.mp4").symlink_to(source)
    with pytest.raises(OutputError, match=message):
        check_targets(source, [Path(target) for target in targets])


def test_other_targets_are_fine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("in.mp4").touch()
    check_targets(Path("in.mp4"), [Path("out.mp4"), Path("out.csv"), STDOUT])
    check_targets(Path("gone.mp4"), [Path("out.mp4")])
