import json
import shutil

import pytest

from tests.training.brightness import write_greys, write_model
from webapp.command.main import main
from webapp.core.errors import DatasetError, ModelMissingError, TrainingError
from webapp.training.evaluate import EvaluateOptions, evaluate
from webapp.vision.model_files import update_metadata

GREYS = {"dark": [0, 20, 250], "light": [255, 140]}
VOTES_HEADER = "file,neutral,happiness,surprise,sadness,anger,disgust,fear"


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    write_model(folder, steepness=4)
    return folder


@pytest.fixture
def model(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "model")


@pytest.fixture
def folder(tmp_path):
    return write_greys(tmp_path / "faces", GREYS)


def test_every_figure_is_there(model, folder):
    figures = evaluate(EvaluateOptions(folder, model))
    assert figures["n"] == 5
    assert figures["accuracy"] == figures["accuracy_flip"] == 0.8
    assert figures["confusion"] == [[2, 1], [0, 2]]
    assert figures["parameters"] == 4
    assert figures["excluded"] == 0
    assert 0 < figures["ms_per_face"] < 1000
    assert 0 < figures["ms_per_face_alone"] < 1000
    assert "fer_plus_majority" not in figures
    assert figures["alert_roc_area"] is None
    json.dumps(figures, allow_nan=False)


def test_temperature_and_threshold_of_the_model_apply(model, folder):
    before = evaluate(EvaluateOptions(folder, model))
    update_metadata(model, temperature=0.5, uncertain_below=0.6)
    after = evaluate(EvaluateOptions(folder, model))
    assert (after["temperature"], after["uncertain_below"]) == (0.5, 0.6)
    assert after["accuracy"] == before["accuracy"]
    assert after["reliability"][-1]["confidence"] > before["reliability"][-1]["confidence"]
    # 140 alone is near the middle grey: sigmoid(8 * (140 / 255 - 0.5)) = 0.596.
    assert (after["uncertain_share"], after["accuracy_certain"]) == (0.2, 0.75)


def test_a_subset_of_the_classes_is_fine(model, tmp_path):
    figures = evaluate(EvaluateOptions(write_greys(tmp_path / "part", {"light": [200]}), model))
    assert figures["accuracy"] == 1.0
    assert "reporting_half" not in figures


def test_the_halves_of_a_validation_folder_are_measured_by_themselves(model, tmp_path):
    greys = {"dark": list(range(0, 250, 10)), "light": list(range(5, 250, 10))}
    folder = write_greys(tmp_path / "validation", greys)
    figures = evaluate(EvaluateOptions(folder, model))
    halves = figures["choosing_half"], figures["reporting_half"]
    assert sum(half["n"] for half in halves) == figures["n"] == 50
    right = sum(half["n"] * half["accuracy"] for half in halves)
    assert right == pytest.approx(50 * figures["accuracy"], abs=0.01)
    assert figures["choosing_half"]["score"] == figures["choosing_half"]["accuracy"]
    assert 0 <= figures["ece_held_out"] <= 1


def test_an_unknown_class_is_refused(model, tmp_path):
    part = write_greys(tmp_path / "part", {"light": [200], "blue": [9]})
    with pytest.raises(DatasetError, match="unknown classes blue"):
        evaluate(EvaluateOptions(part, model))


def test_pictures_that_occur_elsewhere_are_left_out_and_counted(model, folder, tmp_path):
    seen = write_greys(tmp_path / "seen", {"any": [250, 140, 7]})
    figures = evaluate(EvaluateOptions(folder, model, exclude=seen))
    assert (figures["n"], figures["excluded"], figures["accuracy"]) == (3, 2, 1.0)
    with pytest.raises(DatasetError, match="no picture is left"):
        evaluate(EvaluateOptions(folder, model, exclude=folder))


def test_a_folder_without_a_model_is_reported(folder, tmp_path):
    with pytest.raises(ModelMissingError, match=r"model\.json is missing"):
        evaluate(EvaluateOptions(folder, tmp_path / "nowhere"))


def test_votes_of_other_classes_are_no_majority(model, folder, tmp_path):
    votes = tmp_path / "votes.csv"
    votes.write_text(f"{VOTES_HEADER}\ndark/000.png,9,1,0,0,0,0,0\n")
    figures = evaluate(EvaluateOptions(folder, model, votes=votes))
    assert figures["fer_plus_majority"] == {
        "accuracy": None,
        "alert_roc_area": None,
        "n": 0,
    }


def test_the_report_holds_the_figures_and_the_model_s_history(model, folder, tmp_path):
    epoch = {"loss": 1.0, "accuracy": 0.5, "val_loss": 1.1, "val_accuracy": 0.4}
    (model / "history.json").write_text(json.dumps([epoch]))
    figures = evaluate(EvaluateOptions(folder, model, report=tmp_path / "report"))
    assert json.loads((tmp_path / "report" / "metrics.json").read_text()) == figures
    assert (tmp_path / "report" / "history.png").is_file()


def test_a_damaged_history_is_reported(model, folder, tmp_path):
    (model / "history.json").write_text("{")
    with pytest.raises(TrainingError, match=r"history\.json: expected the epochs"):
        evaluate(EvaluateOptions(folder, model, report=tmp_path / "report"))


def test_the_commands(model, folder, tmp_path, runner):
    where = ["--model", str(model), "--data", str(tmp_path), "--split", "faces"]
    stored = runner.invoke(main, ["calibrate", *where])
    assert stored.exit_code == 0, stored.output
    result = runner.invoke(main, ["evaluate", *where, "--report", str(tmp_path / "report")])
    assert result.exit_code == 0, result.output
    figures = json.loads((tmp_path / "report" / "metrics.json").read_text())
    for name in ("temperature", "uncertain_below"):
        assert figures[name] == json.loads(stored.stdout)[name]
