import math
import os
from contextlib import closing
from pathlib import Path

import pytest

from tests.cameras.fakes import FakeSource
from tests.files.videos import (
    FRAMES,
    RATE_FPS,
    SIZE_WH,
    not_root,
    write_changing_size,
    write_cut_off,
    write_noise,
    write_nothing,
    write_pixel_aspect,
    write_rate,
    write_sound,
    write_sound_with_cover,
    write_text,
    write_video,
    write_wrong_count,
)
from webapp.core.errors import SourceError, TooLargeError
from webapp.demo import CLIP
from webapp.files.video_source import FileClock, LiveVideo, VideoFile, open_video
from webapp.vision.camera import LoopingFile
from webapp.vision.video_facts import VideoFacts


def numbers(path: Path, every: int = 1) -> list[int]:
    with closing(VideoFile.at(path)) as video:
        return [frame.number for frame in video.frames(every)]


@pytest.mark.parametrize("name", ["clip.avi", "crew clip ü.avi", "-clip.avi", "100%.avi"])
def test_a_file_is_read_once_with_its_own_times(tmp_path, name):
    with closing(VideoFile.at(write_video(tmp_path / name))) as video:
        frames = list(video.frames())
    assert [frame.number for frame in frames] == list(range(FRAMES))
    assert [frame.captured_at_s for frame in frames] == pytest.approx(
        [number / RATE_FPS for number in range(FRAMES)]
    )
    assert (video.frame_count, video.rate_fps, video.complaint) == (FRAMES, RATE_FPS, "")
    brightness = [frame.image_bgr.mean() for frame in frames]
    assert brightness == sorted(brightness)


def test_pictures_that_are_too_large_are_refused_by_the_header(tmp_path, monkeypatch):
    monkeypatch.setattr(VideoFile, "_advance", None)
    path = write_video(tmp_path / "clip.avi")
    VideoFile.at(path, max_pixels=64 * 48).close()
    with pytest.raises(TooLargeError) as caught:
        VideoFile.at(path, max_pixels=64 * 48 - 1)
    message = f"{path} has pictures of 64 by 48 pixels; at most 3,071 are decoded"
    assert str(caught.value).startswith(message)


def test_a_relative_name_that_begins_with_a_dash(tmp_path, monkeypatch):
    write_video(tmp_path / "-clip.avi")
    monkeypatch.chdir(tmp_path)
    assert len(numbers(Path("-clip.avi"))) == FRAMES


def test_every_nth_frame(tmp_path):
    assert numbers(write_video(tmp_path / "clip.avi"), every=7) == [0, 7, 14, 21, 28]


def test_every_picture_is_asked_whether_it_is_the_end(tmp_path):
    path, asked_s = write_wrong_count(tmp_path / "clip.avi", promised=300), []

    def until(time_s: float) -> bool:
        asked_s.append(time_s)
        return time_s > 0.45

    with closing(VideoFile.at(path)) as video:
        assert [frame.number for frame in video.frames(100, until)] == [0]
    assert asked_s == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert video.complaint == ""


@pytest.mark.parametrize(
    ("write", "name", "message"),
    [
        (write_cut_off, "clip.mp4", "cut off before its index"),
        (write_sound, "sound.wav", "only sound"),
        (write_text, "notes.mp4", "is text, not a video"),
        (write_noise, "noise.mp4", "it is not a video"),
        (write_nothing, "empty.mp4", "is empty"),
        (lambda path: path, "gone.mp4", "No such file"),
        (lambda path: path.mkdir() or path, "folder.mp4", "is not a file"),
        (lambda path: os.mkfifo(path) or path, "pipe.mp4", "is not a file"),
    ],
)
def test_what_cannot_be_read_is_reported_in_one_line(tmp_path, write, name, message):
    path = write(tmp_path / name)
    with pytest.raises(SourceError, match=message) as error:
        VideoFile.at(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_without_permission(tmp_path):
    path = write_video(tmp_path / "clip.avi")
    path.chmod(0)
    with not_root(), pytest.raises(SourceError, match=r"clip\.avi cannot be read \(Permission"):
        VideoFile.at(path)


def test_a_name_that_is_not_unicode_would_crash_opencv_which_never_sees_it(tmp_path):
    path = tmp_path / os.fsdecode(b"\xff.avi")
    write_video(tmp_path / "clip.avi").rename(path)
    assert len(numbers(path)) == FRAMES


def test_a_playlist_opens_nothing_else(tmp_path):
    clip = write_video(tmp_path / "clip.avi")
    playlist = tmp_path / "list.mp4"
    playlist.write_text(f"ffconcat version 1.0\nfile {clip.name}\n")
    with pytest.raises(SourceError, match="is text"):
        VideoFile.at(playlist)


def test_bare_bytes_that_look_like_text_are_a_video(tmp_path):
    path = tmp_path / "clip.y4m"
    path.write_bytes(b"YUV4MPEG2 W96 H64 F10:1 C420\n" + (b"FRAME\n" + b"a" * 96 * 96) * 5)
    assert numbers(path) == [0, 1, 2, 3, 4]


def test_a_video_without_frames(tmp_path):
    path = write_video(tmp_path / "clip.avi", frames=0)
    with (
        closing(VideoFile.at(path)) as video,
        pytest.raises(SourceError, match="no readable picture"),
    ):
        list(video.frames())


def test_a_name_can_stand_for_the_path(tmp_path):
    with pytest.raises(SourceError, match=r"^the upload is empty"):
        VideoFile.at(write_nothing(tmp_path / "secret.mp4"), "the upload")


@pytest.mark.parametrize(("promised", "is_reported"), [(300, True), (31, False), (5, False)])
def test_a_wrong_frame_count_ends_nothing(tmp_path, promised, is_reported):
    path = write_wrong_count(tmp_path / "clip.avi", promised)
    with closing(VideoFile.at(path)) as video:
        assert len(list(video.frames())) == FRAMES
    assert ("header promises 300" in video.complaint) is is_reported
    assert video.frame_count == promised


@pytest.mark.parametrize(("frames", "is_reported"), [(4, True), (9, False)])
def test_a_short_video_that_lacks_much_is_reported(tmp_path, frames, is_reported):
    path = write_wrong_count(tmp_path / "clip.avi", promised=10, frames=frames)
    with closing(VideoFile.at(path)) as video:
        assert len(list(video.frames())) == frames
    assert ("header promises 10" in video.complaint) is is_reported


def test_an_index_is_not_needed_to_read_up_to_the_cut(tmp_path):
    path = write_video(tmp_path / "clip.avi")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with closing(VideoFile.at(path)) as video:
        frames = len(list(video.frames()))
    assert 0 < frames < FRAMES
    assert f"ended after {frames} pictures" in video.complaint


def test_a_stream_without_header_that_changes_its_size(tmp_path):
    with closing(VideoFile.at(write_changing_size(tmp_path / "clip.mjpeg"))) as video:
        frames = list(video.frames())
    assert video.frame_count is None
    assert len(frames) == 20
    times_s = [frame.captured_at_s for frame in frames]
    assert times_s == sorted(set(times_s))


def test_the_demo():
    with closing(open_video("demo", CLIP, VideoFile.at)) as video:
        assert next(video.frames(1)).number == 0
        assert video.name == "demo"


def test_a_live_source_runs_until_it_stops():
    source = FakeSource()
    source.frame_interval_s = None
    with closing(LiveVideo(source, "camera 0")) as video:
        frames = video.frames(2)
        first, second = next(frames), next(frames)
        source.is_broken.set()
        assert list(frames) == []
    assert (first.number, second.number) == (0, 2)
    assert 0 == first.captured_at_s < second.captured_at_s
    assert video.complaint == "camera 0 stopped giving pictures."
    assert source.is_closed.is_set()


def test_a_recording_behind_a_url_has_its_own_time_and_end():
    source = FakeSource()
    source.frame_interval_s = 0.04
    video = LiveVideo(source, "http://host/clip.mp4")
    frames = video.frames(1)
    assert [next(frames).captured_at_s for _ in range(3)] == pytest.approx([0, 0.04, 0.08])
    source.is_broken.set()
    assert list(frames) == []
    assert video.complaint == ""


def test_a_live_source_ends_between_two_pictures():
    source = FakeSource()
    source.frame_interval_s = 0.04
    frames = LiveVideo(source, "camera 0").frames(100, until=lambda time_s: time_s > 0.2)
    assert [frame.number for frame in frames] == [0]


def test_a_live_source_without_any_picture():
    source = FakeSource()
    source.is_broken.set()
    with pytest.raises(SourceError, match="camera 3 gives no picture"):
        next(LiveVideo(source, "camera 3").frames(1))


@pytest.mark.parametrize(
    ("written_s", "expected"),
    [
        ([0.0, 0.1, 0.3, 0.4], [0.0, 0.1, 0.3, 0.4]),
        ([5.0, 5.1, 5.2], [0.0, 0.1, 0.2]),
        ([0.0, 0.0, 0.0], [0.0, 0.1, 0.2]),
        ([0.0, 0.1, 0.05, 0.3], [0.0, 0.1, 0.2, 0.3]),
        ([0.0, 1e12, 0.2], [0.0, 0.1, 0.2]),
        ([0.0, math.inf, math.nan], [0.0, 0.1, 0.2]),
        ([-1e15, 0.1, 0.2], [0.0, 0.1, 0.2]),
    ],
    ids=["as written", "offset", "none written", "back", "far ahead", "not finite", "far behind"],
)
def test_times_that_a_file_gives_wrong_are_replaced(written_s, expected):
    capture = FakeCapture(written_s)
    clock = FileClock(capture, facts(rate_fps=10.0))
    assert [clock.step() for _ in written_s] == pytest.approx(expected)


def test_steps_too_small_for_any_camera_are_not_believed_where_the_rate_is_not():
    written_s = [number / 600 for number in range(4)]
    clock = FileClock(FakeCapture(written_s), facts(rate_fps=25.0, is_rate_known=False))
    assert [clock.step() for _ in written_s] == pytest.approx([0.0, 0.04, 0.08, 0.12])
    clock = FileClock(FakeCapture([0.0, 0.1, 0.2]), facts(rate_fps=25.0, is_rate_known=False))
    assert [clock.step() for _ in range(3)] == pytest.approx([0.0, 0.1, 0.2])


def facts(rate_fps: float, is_rate_known: bool = True) -> VideoFacts:
    return VideoFacts(SIZE_WH, 1.0, rate_fps, is_rate_known, None, True, False)


@pytest.mark.parametrize(
    ("pixel_wh", "size_wh"), [((64, 45), (91, 48)), ((3, 8), (64, 128)), ((1, 1), SIZE_WH)]
)
def test_pictures_are_shown_with_square_pixels(tmp_path, pixel_wh, size_wh):
    path = write_pixel_aspect(tmp_path / "clip.mp4", *pixel_wh)
    with closing(VideoFile.at(path)) as video:
        assert next(video.frames()).image_bgr.shape[1::-1] == size_wh
    with pytest.raises(TooLargeError, match=f"of {size_wh[0]} by {size_wh[1]} pixels"):
        VideoFile.at(path, max_pixels=size_wh[0] * size_wh[1] - 1)
    with closing(LoopingFile(path)) as source:
        assert source.read().shape[1::-1] == size_wh


def test_an_impossible_rate_is_replaced_and_told(tmp_path):
    path = write_rate(tmp_path / "clip.avi", 600)
    with closing(VideoFile.at(path)) as video:
        times_s = [frame.captured_at_s for frame in video.frames()]
        assert (video.rate_fps, video.frame_count, video.complaint) == (25.0, None, "")
        assert "gives an impossible rate: 25 a second" in video.remark
    assert times_s[-1] == pytest.approx((FRAMES - 1) / 25)


def test_a_rate_that_is_a_guess_is_told(tmp_path):
    with closing(VideoFile.at(write_changing_size(tmp_path / "clip.mjpeg"))) as video:
        assert "holds bare pictures without times: 25 a second" in video.remark
    with closing(VideoFile.at(write_video(tmp_path / "clip.avi"))) as video:
        assert video.remark == ""


def test_a_cover_picture_is_no_video(tmp_path):
    path = write_sound_with_cover(tmp_path / "song.mp3")
    for open_it in (VideoFile.at, LoopingFile):
        with pytest.raises(SourceError, match="is sound with a cover picture"):
            open_it(path)


class FakeCapture:
    """Gives the times of pictures, which are all that a clock asks for."""

    def __init__(self, written_s: list[float]) -> None:
        self._written_s = iter(written_s)

    def get(self, _: int) -> float:
        return 1000 * next(self._written_s)


def test_what_is_no_url_is_refused():
    with pytest.raises(SourceError, match="not a URL"):
        open_video("http://[1", CLIP, VideoFile.at)


def test_a_stream_that_is_not_there_keeps_its_password():
    with pytest.raises(SourceError) as error:
        open_video("http://user:hunter2@127.0.0.1:9/live?key=hunter2", CLIP, VideoFile.at)
    assert "hunter2" not in str(error.value)
