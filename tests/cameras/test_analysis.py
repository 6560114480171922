import logging
import threading

import numpy as np
import pytest

from tests.cameras.fakes import BLACK, CLASSES, FakeClassifier, FakeDetector, crop
from webapp.cameras.analysis import AnalysisLoop, FrameAnalyser, Reader
from webapp.cameras.latest import Latest
from webapp.core.frame import Frame
from webapp.core.rates import Durations
from webapp.core.snapshot import Snapshot


def analyser(detector: FakeDetector, classifier: FakeClassifier) -> FrameAnalyser:
    return FrameAnalyser("door", Reader(detector, crop, classifier, ("angry",)), Durations())


@pytest.mark.parametrize("face_count", [0, 1, 8])
def test_a_frame_becomes_a_snapshot_by_one_call_of_the_network(face_count):
    classifier = FakeClassifier()
    snapshot = analyser(FakeDetector(face_count), classifier).step(Frame(BLACK, 1.0, 7))
    assert classifier.batches == [face_count]
    assert len(snapshot.faces) == len(snapshot.track_ids) == face_count
    assert snapshot.counts == {"angry": face_count, "happy": 0, "uncertain": 0}
    assert snapshot.indicator == pytest.approx(80.0 if face_count else 0.0)
    assert (snapshot.camera, snapshot.frame_number, snapshot.classes) == ("door", 7, CLASSES)


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


def test_one_bad_frame_does_not_end_the_analysis(caplog):
    detector, frames, snapshots = FakeDetector(), Latest[Frame](), Latest[Snapshot]()
    stop = threading.Event()
    reader = Reader(detector, crop, FakeClassifier(), ("angry",))
    loop = AnalysisLoop("door", lambda: reader, frames, snapshots, stop)
    detector.fails = True
    with caplog.at_level(logging.CRITICAL):
        loop._step(FrameAnalyser("door", reader, loop.durations), Frame(BLACK, 1.0, 0))
    assert loop.reason == "analysis failed: RuntimeError"
    detector.fails = False
    thread = threading.Thread(target=loop.run)
    thread.start()
    frames.put(Frame(BLACK, 2.0, 1))
    assert snapshots.wait_newer(0, timeout_s=10)
    assert loop.is_loaded
    assert loop.reason == ""
    stop.set()
    frames.close()
    thread.join(10)
    assert not thread.is_alive()
