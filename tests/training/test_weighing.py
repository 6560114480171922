"""Tests of how readily a network names its classes."""

import csv

import keras
import numpy as np
import pytest

from tests.training.brightness import write_greys, write_model
from webapp.core.errors import TrainingError
from webapp.training.splits import reporting_rows
from webapp.training.votes import CLASS_OF_COLUMN
from webapp.training.weighing import fit_offsets, weigh_classes
from webapp.vision.model_files import load_network, save_model

SEEN = np.array([1.0, -0.4, -0.6, 0.0])


def drawn(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return predictions of three of four classes, and targets (N, 4) drawn from them."""
    rng = np.random.default_rng(seed)
    probabilities = np.zeros((count, 4))
    probabilities[:, :3] = rng.dirichlet(np.ones(3), count)
    chosen = (rng.random((count, 1)) < probabilities.cumsum(axis=1)).argmax(axis=1)
    return probabilities, np.eye(4)[chosen]


def test_it_finds_by_how_much_logits_were_moved_and_leaves_classes_without_targets():
    probabilities, targets = drawn(20_000, seed=3)
    moved = probabilities * np.exp(-SEEN) + [0, 0, 0, 0.3]
    offsets = fit_offsets(moved / moved.sum(axis=1, keepdims=True), targets, np.ones(20_000))
    np.testing.assert_allclose(offsets, SEEN, atol=0.06)
    assert offsets[3] == 0


def test_a_rare_class_of_a_sure_network_is_fitted_to_the_end():
    """One in a hundred, and the network's logits are 5 off."""
    probabilities, targets = drawn(4000, seed=5)
    rare = targets[:, 2] == 1
    kept = np.flatnonzero(~rare).tolist() + np.flatnonzero(rare)[:30].tolist()
    moved = probabilities[kept] * np.exp([0, 0, 5, 0])
    moved /= moved.sum(axis=1, keepdims=True)
    offsets = fit_offsets(moved, targets[kept], np.ones(len(kept)))
    likely = moved * np.exp(offsets)
    likely /= likely.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(likely.mean(axis=0), targets[kept].mean(axis=0), atol=1e-6)


def test_what_costs_more_counts_as_if_it_were_there_so_many_times():
    probabilities, targets = drawn(400, seed=4)
    costs = np.where(targets[:, 1] == 1, 3.0, 1.0)
    times = costs.astype(int)
    many = np.repeat(probabilities, times, axis=0), np.repeat(targets, times, axis=0)
    expected = fit_offsets(*many, np.ones(times.sum()))
    np.testing.assert_allclose(fit_offsets(probabilities, targets, costs), expected, atol=1e-9)
    assert expected[1] > 0.5


@pytest.fixture
def faces(tmp_path):
    """Greys of which the darker half is mostly called dark."""
    write_greys(tmp_path / "data/train", {"dark": [10], "light": [240]})
    greys = {"dark": list(range(0, 150, 3)), "light": list(range(107, 255, 3))}
    write_greys(tmp_path / "data/validation", greys)
    return tmp_path / "data"


@pytest.fixture
def model(tmp_path):
    write_model(tmp_path / "model", steepness=20)
    return tmp_path / "model"


@pytest.fixture
def published(monkeypatch):
    """Collects what would be written, and leaves out compiling and plotting, which take seconds."""
    calls = []
    monkeypatch.setattr("webapp.training.weighing.publish", lambda *given: calls.append(given))
    return calls


def light_bias(published) -> float:
    """Return how much the last one published prefers "light" whatever it sees."""
    dark, light = published[-1][1].network.get_weights()[1]
    return float(light - dark)


def test_only_the_biases_change_and_the_model_records_why(faces, model, tmp_path, published):
    before, metadata = load_network(model)
    out = weigh_classes(model, {"light": 4.0}, faces, None, 0.5, tmp_path / "out")
    folder, trained, measured, votes = published[0]
    kernel, bias = before.get_weights()
    np.testing.assert_array_equal(trained.network.get_weights()[0], kernel)
    expected = bias + trained.training["class_offsets"]
    assert trained.network.get_weights()[1] == pytest.approx(expected, abs=1e-4)
    assert trained.training["weighed_model"] == metadata.weights_sha256
    assert trained.training["class_weights"] == {"light": 4.0}
    assert trained.training["votes_share"] == 0.0
    assert trained.training["run"] == metadata.training
    assert trained.init_chain == (metadata.weights_sha256,)
    assert (folder, len(measured), votes) == (out, 100, None)


def test_the_half_that_only_reports_fits_nothing(faces, model, tmp_path, published):
    weigh_classes(model, {"light": 4.0}, faces, None, 0.5, tmp_path / "out")
    before = light_bias(published)
    shown = published[0][2]
    for row in np.flatnonzero(reporting_rows(shown)):
        (faces / "validation" / shown.files[row].split("validation/")[-1]).unlink()
    weigh_classes(model, {"light": 4.0}, faces, None, 0.5, tmp_path / "out")
    assert len(published[1][2]) < 70
    assert light_bias(published) == pytest.approx(before, abs=1e-6)


def test_a_class_is_named_the_more_readily_the_more_a_miss_costs(faces, model, tmp_path, published):
    found = []
    for weight in (0.25, 1.0, 4.0):
        weigh_classes(model, {"light": weight}, faces, None, 0.5, tmp_path / "out")
        found.append(light_bias(published))
    assert found == sorted(found) and found[2] > found[0] + 1


def test_taggers_count_by_their_share_and_the_label_decides_what_an_error_costs(
    faces, tmp_path, published
):
    """They call every picture angry, the labels half of them."""
    for part in ("train", "validation"):
        for old, new in (("dark", "sad"), ("light", "angry")):
            (faces / part / old).rename(faces / part / new)
    inputs = keras.Input((48, 48, 1))
    output = keras.layers.Dense(2, activation="softmax")
    network = keras.Model(inputs, output(keras.layers.GlobalAveragePooling2D()(inputs)))
    model, votes = tmp_path / "model", tmp_path / "votes.csv"
    save_model(model, network, ("sad", "angry"), {})
    with votes.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["file", *CLASS_OF_COLUMN], restval="0")
        writer.writeheader()
        for path in faces.rglob("*.png"):
            writer.writerow({"file": str(path.relative_to(faces)), "anger": "10"})
    found = []
    for weights, share in (({}, 0.0), ({}, 0.5), ({"sad": 4.0}, 0.5)):
        weigh_classes(model, weights, faces, votes, share, tmp_path / "out")
        found.append(light_bias(published))
    assert found[1] > found[0] + 0.5
    assert found[2] < found[1] - 0.3


def test_a_model_may_be_weighed_in_its_place_and_once_more(faces, model):
    """With all that is written, which takes seconds; the last weights alone count."""
    found = []
    for weight in (4.0, 0.25, 4.0):
        weigh_classes(model, {"light": weight}, faces, None, 0.5, model)
        dark, light = load_network(model)[0].get_weights()[1]
        found.append(light - dark)
    assert found[2] == pytest.approx(found[0], abs=1e-4)
    assert found[1] < found[0] - 1


@pytest.mark.parametrize("weights", [{"grim": 2, "bright": 2}, {"grim": 1, "bright": 1, "dark": 3}])
def test_classes_that_are_not_there_are_refused(faces, model, tmp_path, published, weights):
    with pytest.raises(TrainingError, match=r"show \(dark, light\), got bright, grim"):
        weigh_classes(model, weights, faces, None, 0.5, tmp_path / "out")
    assert not published


@pytest.mark.parametrize("settings", [{"use_bias": False, "activation": "softmax"}, {}])
def test_a_network_without_softmax_and_biases_is_refused(faces, tmp_path, published, settings):
    inputs = keras.Input((48, 48, 1))
    mean = keras.layers.GlobalAveragePooling2D()(inputs)
    scores = keras.layers.Dense(2, name="scores", **settings)(mean)
    save_model(tmp_path / "model", keras.Model(inputs, scores), ("dark", "light"), {})
    with pytest.raises(TrainingError, match=r"softmax and biases, got Dense \(scores\)"):
        weigh_classes(tmp_path / "model", {}, faces, None, 0.5, tmp_path / "out")
    assert not published
