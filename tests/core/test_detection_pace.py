import pytest

from webapp.core.detection_pace import LONGEST_S, DetectionPace


class Camera:
    """A camera of ten frames a second whose faces are looked for when it is due."""

    def __init__(self, fps: float = 10.0, fastest: float = 0.0) -> None:
        self.pace, self.now_s = DetectionPace(), 100.0
        self.interval_s, self.fastest = 1 / fps, fastest

    def detections(self, frame_count: int, skipped: int = 0) -> int:
        """Analyse every frame, or the one after so many skipped ones; return how often."""
        found = 0
        for _ in range(frame_count):
            self.now_s += self.interval_s * (1 + skipped)
            if self.pace.step(skipped, self.now_s):
                self.pace.detected(self.fastest, self.now_s)
                found += 1
        return found


@pytest.mark.parametrize(("fps", "detections"), [(5, 30), (10, 30), (20, 30), (30, 15), (60, 10)])
def test_faces_are_looked_for_about_twenty_times_a_second(fps, detections):
    assert Camera(fps).detections(30) == detections


def test_a_camera_that_misses_frames_looks_less_often_and_again_when_it_has_time():
    camera = Camera()
    assert camera.detections(8, skipped=1) < 8
    assert camera.pace._interval_s == LONGEST_S
    assert camera.detections(20) <= 7
    camera.detections(300)
    assert camera.detections(20) == 20


def test_a_fast_camera_may_skip_frames_and_looks_as_often_as_before():
    camera = Camera(fps=60)
    camera.detections(1)
    assert camera.detections(30, skipped=2) == 30


@pytest.mark.parametrize(("fastest", "detections"), [(0.0, 5), (0.4, 7), (0.9, 10), (1.1, 20)])
def test_the_faster_a_face_moves_the_more_often_it_is_looked_for(fastest, detections):
    camera = Camera(fastest=fastest)
    camera.detections(10, skipped=1)
    camera.pace._interval_s = LONGEST_S
    assert camera.detections(20) == pytest.approx(detections, abs=1)


def test_a_search_that_failed_is_made_again_in_the_next_frame():
    pace = DetectionPace()
    assert pace.step(0, 1.0) and pace.step(0, 1.01)
