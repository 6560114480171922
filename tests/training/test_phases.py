from pathlib import Path

import keras
import numpy as np
import pytest

from webapp.core.errors import TrainingError
from webapp.training.networks import HEAD
from webapp.training.options import TrainOptions
from webapp.training.phases import OneCycle, Phase, phases, prepare


def options(**changes) -> TrainOptions:
    return TrainOptions(Path("data"), Path("out"), **changes).with_recipe()


def test_a_network_from_scratch_has_one_phase():
    assert list(phases(options(epochs=5))) == [Phase(0, 5, head_only=False)]


@pytest.mark.parametrize(
    ("head_epochs", "expected"),
    [
        (2, [Phase(0, 2, True), Phase(2, 5, False)]),
        (5, [Phase(0, 5, True)]),
        (9, [Phase(0, 5, True)]),
    ],
)
def test_the_head_learns_first(head_epochs, expected):
    assert list(phases(options(epochs=5, head_epochs=head_epochs))) == expected


def test_mobilenet_s_recipe_has_a_head_phase_unless_it_starts_from_a_model():
    assert len(list(phases(options(arch="mobilenetv2")))) == 2
    assert len(list(phases(options(arch="mobilenetv2", init=Path("model"))))) == 1


def test_only_the_output_layer_learns_in_the_head_phase():
    inputs = keras.Input((48, 48, 1))
    x = keras.layers.Dense(3, name="body")(keras.layers.GlobalAveragePooling2D()(inputs))
    network = keras.Model(inputs, keras.layers.Dense(2, activation="softmax", name=HEAD)(x))
    body = network.get_layer("body").get_weights()
    faces, targets = np.ones((8, 48, 48, 1), np.float32), np.eye(2)[[0, 1] * 4]
    prepare(network, Phase(0, 1, head_only=True), options(), steps_per_epoch=1)
    network.fit(faces, targets, verbose=0)
    np.testing.assert_array_equal(network.get_layer("body").get_weights()[0], body[0])
    prepare(network, Phase(1, 20, head_only=False), options(), steps_per_epoch=1)
    network.fit(faces, np.roll(targets, 1), epochs=3, verbose=0)
    assert not np.array_equal(network.get_layer("body").get_weights()[0], body[0])


def three_layers() -> keras.Model:
    inputs = keras.Input((4,))
    x = keras.layers.Dense(3, name="first")(inputs)
    x = keras.layers.BatchNormalization(name="second")(x)
    return keras.Model(inputs, keras.layers.Dense(2, activation="softmax", name=HEAD)(x))


def test_layers_before_a_named_one_stay_as_they_are():
    network = three_layers()
    prepare(network, Phase(0, 1, head_only=False), options(train_from="second"), 1)
    learning = [layer.name for layer in network.layers if layer.weights and layer.trainable]
    assert learning == ["second", HEAD]


def test_a_layer_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(TrainingError, match=r"third: no such layer\..* first, second,"):
        prepare(three_layers(), Phase(0, 1, head_only=False), options(train_from="third"), 1)


def test_the_rate_rises_to_its_peak_and_falls_to_zero():
    schedule = OneCycle(0.1, steps=100)
    rates = [float(schedule(step)) for step in range(101)]
    assert rates[0] == 0.0
    assert max(rates) == pytest.approx(rates[15]) == pytest.approx(0.1)
    assert rates[100] == pytest.approx(0.0, abs=1e-6)
    assert rates[:16] == sorted(rates[:16]) and rates[15:] == sorted(rates[15:], reverse=True)
