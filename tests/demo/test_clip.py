"""The committed clip is the one the timeline describes."""

import cv2
import numpy as np
import pytest

from webapp.demo import CLIP
from webapp.demo.timeline import read_timeline
from webapp.vision.detector import build_detector

FRAMES_TRIED = 24
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def timeline():
    return read_timeline()


@pytest.fixture(scope="module")
def frames(timeline) -> dict[int, np.ndarray]:
    """Some frames by their index: evenly spread, with the first and the last."""
    wanted = set(np.linspace(0, timeline.frame_count - 1, FRAMES_TRIED).round().astype(int))
    video = cv2.VideoCapture(str(CLIP))
    found = {}
    for index in range(timeline.frame_count + 1):
        if not video.grab():
            break
        if index in wanted:
            found[index] = video.retrieve()[1]
    video.release()
    assert index == timeline.frame_count
    return found


def test_size_rate_and_length_are_the_timelines(timeline):
    video = cv2.VideoCapture(str(CLIP))
    size = (video.get(cv2.CAP_PROP_FRAME_WIDTH), video.get(cv2.CAP_PROP_FRAME_HEIGHT))
    assert size == timeline.size_wh
    assert video.get(cv2.CAP_PROP_FPS) == pytest.approx(timeline.rate_fps)
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == timeline.frame_count
    video.release()


def test_is_a_few_megabytes_at_most():
    assert CLIP.stat().st_size < 5 * MEGABYTE


def test_loops_without_a_jump(timeline, frames):
    first, last = frames[0].astype(int), frames[timeline.frame_count - 1].astype(int)
    middle = frames[sorted(frames)[FRAMES_TRIED // 2]].astype(int)
    across_the_loop = np.abs(first - last).mean()
    assert across_the_loop < 1.5
    assert across_the_loop < np.abs(first - middle).mean()


@pytest.mark.parametrize("name", ["haar", "yunet"])
def test_every_detector_finds_everybody_where_the_timeline_says(name, timeline, frames):
    detector = build_detector(name, 640, 24)
    complete = [_stand_where_told(detector.detect(frame), timeline) for frame in frames.values()]
    assert np.mean(complete) >= 0.9


def _stand_where_told(faces, timeline) -> bool:
    centres = faces.boxes_xyxy.reshape(-1, 2, 2).mean(axis=1)
    centres = centres[np.argsort(centres[:, 0])]
    if len(centres) != len(timeline.people):
        return False
    return all(
        np.abs(centre - person.centre_xy).max() < person.face_px / 4
        for centre, person in zip(centres, timeline.people, strict=True)
    )
