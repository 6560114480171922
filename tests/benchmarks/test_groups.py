import numpy as np
import pytest

from benchmarks.groups import as_text, row, seen_of
from webapp.core.faces import Faces


def test_what_is_seen_in_a_face_that_looks_aside():
    eyes_nose_mouth_xy = [[10, 20], [30, 20], [26, 30], [12, 40], [28, 40]]
    face = Faces(
        np.array([[0, 0, 40, 50]], np.float32),
        np.ones(1, np.float32),
        np.array([eyes_nose_mouth_xy], np.float32),
    )
    seen = seen_of(np.full((1, 48, 48, 1), 0.25, np.float32), face)
    assert seen == pytest.approx(
        {"brightness of the face": 0.25, "turned to a side": 0.3, "height, px": 50.0}
    )


def test_a_row_counts_what_is_not_found_as_wrong():
    figures = row("wild", [(3, 3), (-1, 3), (2, 2), (2, 1)])
    assert (figures["n"], figures["right"]) == (4, 0.5)
    assert as_text(figures)["95 % interval"] == "15 % to 85 %".replace(" %", "%")
