import math
from dataclasses import replace

import pytest

from tests.files.test_video_source import facts
from tests.files.videos import write_video
from webapp.files import video_packets
from webapp.files.video_packets import rated_by_packets


class FakePackets:
    """Gives the times of packets, which are all that is asked for."""

    def __init__(self, written_s: list[float]) -> None:
        self._left_s = list(written_s)

    def grab(self) -> bool:
        return bool(self._left_s)

    def get(self, _: int) -> float:
        return 1000 * self._left_s.pop(0)


UNRATED = facts(rate_fps=25.0, is_rate_known=False)


@pytest.mark.parametrize(
    ("written_s", "rate_fps"),
    [
        ([0.0, 0.036, 0.09, 0.107, 0.12, 0.2], 25.0),
        ([0.0, 0.4, 0.2, 0.5], 6.0),
        ([5.0, 6.0], 1.0),
    ],
    ids=["as a browser records", "out of order", "two"],
)
def test_a_rate_is_that_of_the_times(written_s, rate_fps, monkeypatch, tmp_path):
    monkeypatch.setattr(video_packets, "capture_of", lambda *_: FakePackets(written_s))
    with write_video(tmp_path / "clip.avi").open("rb") as file:
        rated = rated_by_packets(UNRATED, file)
    assert rated == replace(
        UNRATED, rate_fps=rate_fps, is_rate_known=True, frame_count=len(written_s)
    )


@pytest.mark.parametrize(
    "written_s",
    [[], [0.0], [1.0, 1.0], [0.0, 0.001, 0.002], [0.0, math.inf], [0.0, 1e6]],
    ids=["no packet", "one", "none written", "too quick", "not finite", "too slow"],
)
def test_times_that_no_camera_has_tell_nothing(written_s, monkeypatch, tmp_path):
    monkeypatch.setattr(video_packets, "capture_of", lambda *_: FakePackets(written_s))
    with write_video(tmp_path / "clip.avi").open("rb") as file:
        assert rated_by_packets(UNRATED, file) == UNRATED
