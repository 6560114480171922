import json

import cv2
import numpy as np
import pytest

from tests.full_disk import no_room_for
from webapp.core.errors import TrainingError
from webapp.training.dataset import FaceSet
from webapp.training.metrics import certainty, report
from webapp.training.report import classification_report, write_report

CLASSES = ("calm", "tense", "absent")
PLOTS = ("confusion.png", "reliability.png", "worst.png", "history.png")
EPOCH = {"loss": 1.0, "accuracy": 0.5, "val_loss": 1.1, "val_accuracy": 0.4}


@pytest.fixture
def faces() -> FaceSet:
    labels = np.array([0, 0, 0, 1])
    return FaceSet(np.zeros((4, 48, 48), np.uint8), labels, ("",) * 4, CLASSES)


@pytest.fixture
def probabilities() -> np.ndarray:
    return np.array([[0.9, 0.1, 0], [0.2, 0.8, 0], [0.6, 0.4, 0], [0.3, 0.7, 0]])


@pytest.fixture
def figures(faces, probabilities):
    return {
        **report(probabilities, faces.labels, CLASSES),
        **certainty(probabilities, faces.labels, 0.5),
        "accuracy_flip": 0.5,
        "alert_roc_area": 0.9125,
        "ece_held_out": None,
        "temperature": 1.25,
        "uncertain_below": 0.5,
        "ms_per_face": 1.5,
        "ms_per_face_alone": 2.5,
        "parameters": 1234,
        "weights_sha256": "abc",
        "fer_plus_majority": {"accuracy": 0.875, "alert_roc_area": 0.9375, "n": 3},
    }


@pytest.mark.parametrize("epochs", [0, 2])
def test_it_writes_every_file(tmp_path, faces, probabilities, figures, epochs):
    folder = tmp_path / "made" / "report"
    write_report(folder, faces, probabilities, figures, [EPOCH] * epochs)
    plots = PLOTS if epochs else PLOTS[:-1]
    assert {path.name for path in folder.iterdir()} == {"metrics.json", "report.txt", *plots}
    assert json.loads((folder / "metrics.json").read_text()) == figures
    for name in plots:
        assert min(cv2.imread(str(folder / name)).shape[:2]) > 200


def test_the_text_shows_every_class_and_the_summary(figures):
    lines = classification_report(figures).splitlines()
    assert lines[0].split() == ["class", "precision", "recall", "F1", "n"]
    assert lines[1].split() == ["calm", "1.000", "0.667", "0.800", "3"]
    assert lines[3].split() == ["absent", "0.000", "0.000", "0.000", "0"]
    assert lines[5].split()[-4:] == ["0.750", "0.833", "0.733", "4"]
    summary = "\n".join(lines[6:])
    for shown in ("0.7500", "0.8750", "0.9125", "0.9375", "1.25", "2.5 alone"):
        assert shown in summary
    assert "1234" in summary and "abc" in summary
    assert "only reports" not in summary


def test_the_text_shows_both_halves(figures):
    half = {"n": 2, "accuracy": 0.25, "interval_95": [0.0, 0.9], "alert_roc_area": 0.625}
    figures |= {"choosing_half": {**half, "score": 0.4375}, "reporting_half": {**half, "n": 3}}
    halves = classification_report(figures).partition("the half that chooses, 2 pictures\n")[2]
    choosing, _, reporting = halves.partition("the half that only reports, 3 pictures\n")
    assert "0.2500" in choosing and "0.4375" in choosing
    assert "0.6250" in reporting and "score" not in reporting
    assert "none  (temperature fitted on the other half)" in reporting


def test_figures_without_votes_are_shown_too(figures):
    del figures["fer_plus_majority"]
    assert "FER+" not in classification_report(figures)


def test_a_model_of_other_classes_has_no_line_of_the_roc_area(figures):
    figures["alert_roc_area"] = figures["fer_plus_majority"]["alert_roc_area"] = None
    assert "ROC" not in classification_report(figures)


def test_a_file_that_cannot_be_written_leaves_the_earlier(tmp_path, faces, probabilities, figures):
    (tmp_path / "report.txt").write_text("earlier")
    refused = pytest.raises(TrainingError, match=r"report\.txt: cannot be written .*--report")
    with refused, no_room_for("report.txt"):
        write_report(tmp_path, faces, probabilities, figures, [])
    assert (tmp_path / "report.txt").read_text() == "earlier"


def test_a_folder_that_cannot_be_made_is_reported(tmp_path, faces, probabilities, figures):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(TrainingError, match="cannot be written"):
        write_report(tmp_path / "taken" / "report", faces, probabilities, figures, [])
