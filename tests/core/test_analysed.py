from datetime import UTC, datetime

import numpy as np
import pytest

from webapp.core.analysed import AnalysedFrame, Predictions
from webapp.core.crew import People
from webapp.core.faces import Faces
from webapp.core.frame import Frame

CLASSES = ("angry", "happy")
PICTURE = np.zeros((8, 8, 3), np.uint8)
FRAME = Frame(PICTURE, 2.5, 7, datetime(2026, 1, 1, tzinfo=UTC))


def predictions(count: int) -> Predictions:
    return Predictions.of(np.tile([0.75, 0.25], (count, 1)), CLASSES, 0.4)


def analysed(
    faces: int = 2, read: int = 2, tracks: int = 2, indicator: float = 50.0, frame: Frame = FRAME
) -> AnalysedFrame:
    found = Faces.from_boxes(np.zeros((faces, 4)))
    people = People.nobody(CLASSES)
    return AnalysedFrame(frame, found, predictions(read), np.arange(tracks), people, indicator)


@pytest.mark.parametrize(
    ("rows", "uncertain", "counts"),
    [
        ([], [], {"angry": 0, "happy": 0, "uncertain": 0}),
        ([[0.6, 0.4]], [False], {"angry": 1, "happy": 0, "uncertain": 0}),
        ([[0.2, 0.8], [0.5, 0.5]], [False, True], {"angry": 0, "happy": 1, "uncertain": 1}),
    ],
)
def test_predictions_name_a_class_where_one_is_likely_enough(rows, uncertain, counts):
    read = Predictions.of(np.array(rows).reshape(-1, 2), CLASSES, 0.6)
    assert read.uncertain.tolist() == uncertain
    assert read.counts() == counts
    assert len(read) == len(rows)


@pytest.mark.parametrize(
    ("probabilities", "uncertain"), [((2, 3), 2), ((2, 2), 1), ((1, 2), 2), ((2,), 2)]
)
def test_predictions_of_other_shapes_are_rejected(probabilities, uncertain):
    with pytest.raises(ValueError, match="expected array shapes"):
        Predictions(np.zeros(probabilities), np.zeros(uncertain, bool), CLASSES)


@pytest.mark.parametrize("count", [0, 2])
def test_an_analysed_frame_keeps_the_times_of_its_frame(count):
    frame = analysed(count, count, count)
    assert (frame.captured_at_s, frame.captured_at) == (2.5, FRAME.captured_at)


def test_a_frame_of_a_recording_has_no_time_of_day():
    frame = analysed(frame=Frame(PICTURE, 2.5, 7))
    with pytest.raises(ValueError, match="no time of day"):
        _ = frame.captured_at


@pytest.mark.parametrize(("faces", "read", "tracks"), [(1, 2, 2), (2, 1, 2), (2, 2, 1)])
def test_faces_predictions_and_tracks_of_different_number_are_rejected(faces, read, tracks):
    with pytest.raises(ValueError, match="expected faces, predictions and tracks"):
        analysed(faces, read, tracks)


@pytest.mark.parametrize("indicator", [0.0, 100.0])
def test_an_indicator_may_be_anything_from_0_to_100(indicator):
    assert analysed(indicator=indicator).indicator == indicator


@pytest.mark.parametrize("indicator", [-0.1, 100.1, float("nan")])
def test_another_indicator_is_rejected(indicator):
    with pytest.raises(ValueError, match="an indicator of 0 to 100"):
        analysed(indicator=indicator)
