import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.full_disk import no_room_for
from tests.training.brightness import write_greys, write_model
from webapp.core.errors import DatasetError, TrainingError
from webapp.training.calibrate import (
    calibrate,
    fit_temperature,
    held_out_ece,
    recalibrate,
    uncertain_threshold,
    without_temperature,
)
from webapp.training.dataset import load_folder
from webapp.training.metrics import expected_calibration_error
from webapp.training.splits import reporting_rows
from webapp.vision.classifier import with_temperature
from webapp.vision.model_files import read_metadata


def calibrated(count: int, class_count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return predictions, and labels drawn from them."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(class_count, 0.6), count)
    above = rng.random((count, 1)) < probabilities.cumsum(axis=1)
    return probabilities, above.argmax(axis=1)


def of_confidence(confidence: np.ndarray, class_count: int = 7) -> np.ndarray:
    """Return predictions with these best probabilities, always of class 0."""
    rest = (1 - confidence) / (class_count - 1)
    return np.column_stack([confidence, np.repeat(rest[:, None], class_count - 1, axis=1)])


@pytest.mark.parametrize("sharpened", [0.5, 1.0, 2.0, 3.0])
def test_it_finds_by_how_much_predictions_were_sharpened(sharpened):
    probabilities, labels = calibrated(8000, 5)
    spoilt = with_temperature(probabilities, 1 / sharpened)
    assert fit_temperature(spoilt, labels) == pytest.approx(sharpened, rel=0.05)


def test_a_few_pictures_read_rightly_do_not_make_it_sure_of_everything():
    few, many = of_confidence(np.full(8, 0.8)), of_confidence(np.full(800, 0.8))
    result = with_temperature(few, fit_temperature(few, np.zeros(8, int)))[:, 0].max()
    result_of_many = with_temperature(many, fit_temperature(many, np.zeros(800, int)))[:, 0].max()
    assert 0.8 < result < 0.95 < result_of_many


@pytest.mark.parametrize(("right", "bound"), [(True, 0.25), (False, 4.0)])
def test_the_temperature_stays_in_bounds(right, bound):
    probabilities = of_confidence(np.full(8000, 0.5), 3)
    labels = np.full(8000, 0 if right else 1)
    assert fit_temperature(probabilities, labels) == bound


def every_other(count: int) -> np.ndarray:
    return np.arange(count) % 2 == 1


def test_held_out_error_of_calibrated_predictions_is_small():
    probabilities, labels = calibrated(3000, 4)
    assert held_out_ece(probabilities, labels, every_other(3000)) < 0.04


def test_held_out_error_is_after_the_fit_whatever_the_temperature_before():
    probabilities, labels = calibrated(2000, 4)
    spoilt = with_temperature(probabilities, 0.5)
    assert expected_calibration_error(spoilt, labels) > 0.1
    held_out = every_other(2000)
    result = held_out_ece(spoilt, labels, held_out)
    assert result == pytest.approx(held_out_ece(probabilities, labels, held_out), abs=2e-3)


def test_held_out_error_sees_what_a_temperature_cannot_mend():
    probabilities = of_confidence(np.tile([0.9, 0.9, 0.5, 0.5], 250), 2)
    the_surer_the_worse = np.tile([1, 1, 0, 0], 250)
    assert held_out_ece(probabilities, the_surer_the_worse, every_other(1000)) > 0.4


@pytest.mark.parametrize("held_out", [[], [True], [False, False]])
def test_no_held_out_error_without_both_halves(held_out):
    count = len(held_out)
    rows = np.array(held_out, bool)
    assert held_out_ece(np.full((count, 2), 0.5), np.zeros(count, int), rows) is None


def test_the_half_that_reports_does_not_fit_the_temperature(tmp_path):
    write_model(tmp_path / "model", steepness=20)
    greys = {"dark": list(range(0, 180, 6)), "light": list(range(90, 250, 6))}
    folder = write_greys(tmp_path / "faces", greys)
    before = recalibrate(tmp_path / "model", folder)
    faces = load_folder(folder)
    for row in np.flatnonzero(reporting_rows(faces)):
        (folder / faces.files[row]).unlink()
    assert recalibrate(tmp_path / "model", folder)["temperature"] == before["temperature"]


@pytest.mark.parametrize("crossing", [0.3, 0.45, 0.5, 0.55])
def test_the_threshold_is_where_right_becomes_as_frequent_as_wrong(crossing):
    rng = np.random.default_rng(2)
    confidence = rng.uniform(0.15, 1.0, 8000)
    distance = np.log(confidence / (1 - confidence)) - np.log(crossing / (1 - crossing))
    is_right = rng.random(8000) < 1 / (1 + np.exp(-1.5 * distance))
    result = uncertain_threshold(of_confidence(confidence), np.where(is_right, 0, 1))
    assert result == pytest.approx(crossing, abs=0.02)
    assert result == round(result, 2)


def test_a_few_lucky_predictions_do_not_move_the_threshold():
    probabilities, labels = calibrated(4000, 7)
    lucky = of_confidence(np.full(10, 0.2))
    before = uncertain_threshold(probabilities, labels)
    with_luck = np.vstack([probabilities, lucky]), np.append(labels, np.zeros(10, int))
    assert before == pytest.approx(0.5, abs=0.03)
    assert uncertain_threshold(*with_luck) == pytest.approx(before, abs=0.011)


@pytest.mark.parametrize(
    ("confidences", "right", "expected"),
    [
        ((0.3, 0.9), (1, 1), 0.14),  # right throughout
        ((0.3, 0.9), (0, 0), 0.6),  # wrong throughout
        ((0.2, 0.9), (1, 0), 0.14),  # the surer the worse, yet half of them right
    ],
)
def test_the_threshold_stays_in_bounds(confidences, right, expected):
    probabilities = of_confidence(np.repeat(confidences, 500))
    labels = np.where(np.repeat(right, 500), 0, 1)
    assert uncertain_threshold(probabilities, labels) == expected


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(0.34, 1), st.booleans()), min_size=1, max_size=30))
def test_any_predictions_have_a_threshold(predictions):
    confidence, is_right = np.array(predictions, float).T
    labels = np.where(is_right, 0, 1)
    assert 0.33 <= uncertain_threshold(of_confidence(confidence, 3), labels) <= 0.6


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_a_temperature_can_be_undone(temperature):
    probabilities, _ = calibrated(50, 5)
    probabilities = np.maximum(probabilities, 1e-4)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    applied = with_temperature(probabilities, temperature)
    np.testing.assert_allclose(without_temperature(applied, temperature), probabilities, rtol=1e-6)


def test_it_is_stored_and_a_second_time_changes_nothing(tmp_path):
    write_model(tmp_path / "model", steepness=20)
    greys = {"dark": [60] * 6 + [200] * 4, "light": [200] * 6 + [60] * 4}
    folder = write_greys(tmp_path / "faces", greys)
    figures = recalibrate(tmp_path / "model", folder)
    metadata = read_metadata(tmp_path / "model")
    assert metadata.temperature == figures["temperature"] > 2
    assert metadata.uncertain_below == figures["uncertain_below"]
    assert figures["ece"] < 0.3 < figures["ece_before"]
    again = recalibrate(tmp_path / "model", folder)
    assert again["temperature"] == pytest.approx(figures["temperature"], abs=0.002)
    assert again["ece_before"] == pytest.approx(figures["ece"], abs=1e-3)


def test_an_unknown_class_is_refused(tmp_path):
    write_model(tmp_path / "model", steepness=8)
    folder = write_greys(tmp_path / "faces", {"dark": [10], "blue": [99]})
    with pytest.raises(DatasetError, match="unknown class"):
        recalibrate(tmp_path / "model", folder)
    assert read_metadata(tmp_path / "model").temperature == 1.0


def test_metadata_that_cannot_be_written_is_reported(tmp_path):
    before = write_model(tmp_path, steepness=8)
    refused = pytest.raises(TrainingError, match=r"metadata\.json: cannot be written .*as it was")
    with refused, no_room_for("metadata.json"):
        calibrate(tmp_path, *calibrated(20, 2))
    assert read_metadata(tmp_path) == before
