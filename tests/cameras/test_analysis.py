import logging
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from tests.cameras.fakes import BLACK, CLASSES, FakeClassifier, FakeDetector, crop
from tests.patience import PATIENCE_S
from webapp.bus.latest import Latest
from webapp.cameras.analysis import (
    AnalysisLoop,
    AnalysisPlan,
    FaceModels,
    FrameAnalyser,
    SharedModels,
)
from webapp.core.analysed import AnalysedFrame
from webapp.core.errors import ModelMissingError
from webapp.core.faces import Faces
from webapp.core.frame import Frame
from webapp.core.group_floor import SILENT_S
from webapp.core.rates import Durations


def analyser(detector: FakeDetector, classifier: FakeClassifier) -> FrameAnalyser:
    return FrameAnalyser(FaceModels(detector, crop, classifier, ("angry",)), Durations())


def loop_at_rest() -> tuple[AnalysisLoop, FaceModels, Latest[Frame], Latest[AnalysedFrame]]:
    """Return a loop that does not run, its models and its slots."""
    frames, analysed = Latest[Frame](), Latest[AnalysedFrame]()
    models = FaceModels(FakeDetector(), crop, FakeClassifier(), ("angry",))
    loop = AnalysisLoop("door", lambda: models, frames, analysed, threading.Event())
    return loop, models, frames, analysed


@pytest.mark.parametrize("face_count", [0, 1, 8])
def test_a_frame_is_analysed_by_one_call_of_the_network(face_count):
    classifier = FakeClassifier()
    frame = Frame(BLACK, 1.0, 7)
    analysed = analyser(FakeDetector(face_count), classifier).step(frame)
    assert classifier.batches == [face_count]
    assert len(analysed.faces) == len(analysed.track_ids) == face_count
    assert analysed.predictions.counts() == {"angry": face_count, "happy": 0, "uncertain": 0}
    assert analysed.indicator == (100.0 if face_count else 0.0)
    assert analysed.frame is frame and analysed.predictions.classes == CLASSES


def test_faces_keep_their_numbers():
    step = analyser(FakeDetector(3), FakeClassifier()).step
    first, second = step(Frame(BLACK, 1.0, 0)), step(Frame(BLACK, 1.1, 1))
    np.testing.assert_array_equal(first.track_ids, second.track_ids)


@pytest.mark.parametrize(("fps", "detections"), [(10, 10), (20, 20), (30, 15), (60, 20)])
def test_every_frame_is_read_but_faces_are_looked_for_less_often(fps, detections):
    detector, classifier = FakeDetector(), FakeClassifier()
    step = analyser(detector, classifier).step
    for number in range(fps):
        assert len(step(Frame(BLACK, 100 + number / fps, number)).faces) == 2
    assert len(classifier.batches) == fps
    assert detector.calls == pytest.approx(detections, abs=1)


class WalkingDetector(FakeDetector):
    """Finds one face, each time further to the right by more than its size."""

    def detect(self, image_bgr: np.ndarray, width_px: int | None = None) -> Faces:
        still = super().detect(image_bgr, width_px)
        return Faces.from_boxes(still.boxes_xyxy + np.array([80.0 * self.calls, 0] * 2))


def test_faces_seen_too_badly_keep_their_tracks_and_are_not_read():
    detector, classifier = FakeDetector(3), FakeClassifier()

    def crop_blurred(image_bgr: np.ndarray, faces: Faces) -> np.ndarray:
        crops = crop(image_bgr, faces)
        crops[1] = 90 if image_bgr is BLACK else crops[1]
        return crops

    models = FaceModels(detector, crop_blurred, classifier, ("angry",))
    step = FrameAnalyser(models, Durations()).step
    first, second = step(Frame(BLACK, 1.0, 0)), step(Frame(BLACK.copy(), 1.1, 1))
    assert classifier.batches == [2, 3]
    assert first.unread.boxes_xyxy[:, 0].tolist() == [100.0]
    assert first.faces.boxes_xyxy[:, 0].tolist() == [0.0, 200.0]
    assert len(first.predictions) == len(first.people) == 2
    assert first.people.quality.heights_px.tolist() == [50.0, 50.0]
    assert first.track_ids.tolist() == [1, 3] and second.track_ids.tolist() == [1, 2, 3]
    assert len(second.unread) == 0


class DoubtingDetector(FakeDetector):
    """Finds two faces, and doubts both but for the first one in the first frame."""

    def detect(self, image_bgr: np.ndarray, width_px: int | None = None) -> Faces:
        faces = super().detect(image_bgr, width_px)
        return replace(faces, scores=np.array([0.9 if self.calls == 1 else 0.4, 0.4], np.float32))


def test_a_doubtful_face_is_read_only_where_somebody_is_followed():
    classifier = FakeClassifier()
    step = analyser(DoubtingDetector(face_count=2), classifier).step
    for number in range(2):
        assert step(Frame(BLACK, 1 + number / 10, number)).track_ids.tolist() == [1]
    assert classifier.batches == [1, 1]


def test_who_hides_faces_looks_for_them_in_every_frame_and_hides_doubtful_ones_too():
    detector = DoubtingDetector(face_count=2)
    models = FaceModels(detector, crop, FakeClassifier(), ("angry",))
    step = FrameAnalyser(models, Durations(), AnalysisPlan(hides_faces=True)).step
    for number in range(4):
        hidden_xyxy = step(Frame(BLACK, 1 + number / 100, number)).hidden_xyxy
        assert len(hidden_xyxy) == 2
    assert detector.calls == 4
    assert analyser(detector, FakeClassifier()).step(Frame(BLACK, 2.0, 9)).hidden_xyxy is None


@pytest.mark.parametrize(("face_count", "said"), [(2, None), (3, 3)])
def test_with_too_few_people_nothing_is_said(face_count, said):
    models = FaceModels(FakeDetector(face_count), crop, FakeClassifier(), ("angry",))
    step = FrameAnalyser(models, Durations(), AnalysisPlan(min_group=3)).step
    analysed = step(Frame(BLACK, 1.0, 0))
    assert analysed.figures.faces == said
    assert analysed.is_told().tolist() == [said is not None] * face_count
    # All are drawn and hidden as before.
    assert len(analysed.faces) == face_count


def test_frames_between_two_detections_do_not_stop_a_walker():
    step = analyser(WalkingDetector(face_count=1), FakeClassifier()).step
    for number in range(12):
        assert step(Frame(BLACK, 100 + number / 30, number)).track_ids.tolist() == [1]


@pytest.mark.parametrize(("gap_s", "detections"), [(0.044, 1), (0.045, 2)])
def test_faces_are_looked_for_again_after_45_milliseconds(gap_s, detections):
    detector = FakeDetector()
    step = analyser(detector, FakeClassifier()).step
    for number in (0, 1):
        step(Frame(BLACK, number * gap_s, number))
    assert detector.calls == detections


def test_every_stage_is_measured():
    durations, started_at_s = Durations(), time.perf_counter()
    models = FaceModels(FakeDetector(), crop, FakeClassifier(), ("angry",))
    FrameAnalyser(models, durations).step(Frame(BLACK, 1.0, 0))
    elapsed_ms = 1000 * (time.perf_counter() - started_at_s)
    means_ms = durations.means_ms()
    assert list(means_ms) == ["detect", "crop", "classify"]
    assert all(mean_ms >= 0.0 for mean_ms in means_ms.values())
    assert sum(means_ms.values()) <= elapsed_ms


def face_models() -> FaceModels:
    return FaceModels(FakeDetector(), crop, FakeClassifier(), ("angry",))


def test_a_set_of_models_is_lent_to_one_at_a_time():
    first, second = sets = [face_models(), face_models()]
    shared = SharedModels(sets)
    with shared.lent() as one, shared.lent() as other:
        assert {id(one), id(other)} == {id(first), id(second)}
    with pytest.raises(RuntimeError), shared.lent():
        raise RuntimeError("a frame that cannot be analysed")
    with shared.lent(), shared.lent():
        pass


def test_who_waits_longest_for_models_is_served_first():
    shared, served = SharedModels([face_models()]), []

    def serve(camera: str) -> None:
        with shared.lent():
            served.append(camera)

    with shared.lent():
        threads = []
        for camera in ("door", "hall", "yard"):
            threads.append(threading.Thread(target=serve, args=(camera,)))
            threads[-1].start()
            while len(shared._waiting) < len(threads):
                assert threads[-1].is_alive()
                time.sleep(0.001)
    # Whoever asks now comes after all who waited.
    serve("door")
    for thread in threads:
        thread.join(PATIENCE_S)
    assert served == ["door", "hall", "yard", "door"]


def test_a_camera_that_waited_for_models_reads_its_newest_frame():
    frames, analysed, stop = Latest[Frame](), Latest[AnalysedFrame](), threading.Event()
    shared = SharedModels([face_models()])
    loop = AnalysisLoop("door", lambda: shared, frames, analysed, stop)
    thread = threading.Thread(target=loop.run)
    with shared.lent():
        thread.start()
        frames.put(Frame(BLACK, 1.0, 0))
    assert analysed.wait_newer(0, timeout_s=PATIENCE_S)
    with shared.lent():
        frames.put(Frame(BLACK, 2.0, 1))
        while not shared._waiting:
            assert thread.is_alive()
            time.sleep(0.001)
        frames.put(Frame(BLACK, 3.0, 2))
    assert analysed.wait_newer(1, timeout_s=PATIENCE_S).value.frame.number == 2
    assert loop.skipped == 1
    stop.set()
    frames.close()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def test_models_that_cannot_be_loaded_end_the_loop_with_a_reason():
    def no_models() -> FaceModels:
        raise ModelMissingError("model.json is missing.")

    loop = AnalysisLoop("door", no_models, Latest(), Latest(), threading.Event())
    assert (loop.reason, loop.is_loaded, loop.skipped) == ("", False, 0)
    with pytest.raises(ModelMissingError):
        loop.run()
    assert (loop.reason, loop.is_loaded) == ("model.json is missing.", False)


def test_one_bad_frame_does_not_end_the_analysis(caplog):
    detector, frames, analysed = FakeDetector(), Latest[Frame](), Latest[AnalysedFrame]()
    stop = threading.Event()
    models = FaceModels(detector, crop, FakeClassifier(), ("angry",))
    loop = AnalysisLoop("door", lambda: models, frames, analysed, stop)
    detector.fails = True
    thread = threading.Thread(target=loop.run)
    with caplog.at_level(logging.CRITICAL):
        thread.start()
        frames.put(Frame(BLACK, 1.0, 0))
        while not loop.reason:
            assert thread.is_alive()
            time.sleep(0.01)
        assert loop.reason == "analysis failed: RuntimeError"
        detector.fails = False
        frames.put(Frame(BLACK, 2.0, 1))
        assert analysed.wait_newer(0, timeout_s=PATIENCE_S)
    assert loop.is_loaded
    assert loop.reason == ""
    stop.set()
    frames.close()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def test_a_camera_with_a_group_floor_says_nothing_for_a_minute_after_its_start():
    # Set up otherwise, or in another process, it may just have spoken of the same people.
    frames, analysed, stop = Latest[Frame](), Latest[AnalysedFrame](), threading.Event()
    models = FaceModels(FakeDetector(3), crop, FakeClassifier(), ("angry",))
    plan = AnalysisPlan(min_group=3)
    loop = AnalysisLoop("door", lambda: models, frames, analysed, stop, plan)
    thread = threading.Thread(target=loop.run)
    started_at_s, version, said = time.monotonic(), 0, []
    thread.start()
    for number, later_s in enumerate((0, SILENT_S - 1, SILENT_S + 60)):
        frames.put(Frame(BLACK, started_at_s + later_s, number))
        newest = analysed.wait_newer(version, timeout_s=PATIENCE_S)
        assert newest
        version = newest.version
        said.append(newest.value.figures.faces)
    stop.set()
    frames.close()
    thread.join(PATIENCE_S)
    assert said == [None, None, 3]


def test_frames_that_nobody_analysed_are_counted():
    loop, models, frames, analysed = loop_at_rest()
    step = FrameAnalyser(models, loop.durations)
    frames.put(Frame(BLACK, 1.0, 0))
    version = loop._analyse_newest(step, models, 0)
    for number in (1, 2, 3):
        frames.put(Frame(BLACK, 1.0 + number, number))
    version = loop._analyse_newest(step, models, version)
    assert (version, loop.skipped) == (4, 2)
    for number in (4, 5):
        frames.put(Frame(BLACK, 1.0 + number, number))
    assert loop._analyse_newest(step, models, version) == 6
    assert loop.skipped == 3
    assert len(loop.rate._times_s) == 3
    assert analysed.newest().value.frame.number == 5


def test_frames_of_before_the_start_are_not_counted_as_skipped():
    loop, models, frames, _ = loop_at_rest()
    for number in range(3):
        frames.put(Frame(BLACK, 1.0, number))
    assert loop._analyse_newest(FrameAnalyser(models, loop.durations), models, 0) == 3
    assert loop.skipped == 0


def test_without_a_newer_frame_nothing_is_analysed():
    loop, models, frames, analysed = loop_at_rest()
    frames.close()
    assert loop._analyse_newest(FrameAnalyser(models, loop.durations), models, 5) == 5
    assert analysed.newest() is None


def test_a_frame_of_before_a_clear_is_dropped():
    loop, models, frames, analysed = loop_at_rest()
    frames.put(Frame(BLACK, time.monotonic(), 0))
    analysed.clear()
    loop._analyse_newest(FrameAnalyser(models, loop.durations), models, 0)
    assert analysed.newest() is None


def test_a_failure_that_lasts_is_logged_once(caplog):
    loop, models, frames, _ = loop_at_rest()
    models.detector.fails = True
    step, version = FrameAnalyser(models, loop.durations), 0
    for number in range(3):
        frames.put(Frame(BLACK, 1.0 + number, number))
        version = loop._analyse_newest(step, models, version)
    assert version == 3
    assert [record.message for record in caplog.records] == [
        "camera door: analysis failed: RuntimeError"
    ]
