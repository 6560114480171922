import keras
import numpy as np
import pytest

from webapp.training.quick_layers import BatchNormalization, with_quick_layers


@pytest.fixture
def network() -> keras.Model:
    """A convolution, a depthwise one and a normalisation after each, as in MobileNet."""
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.BatchNormalization(momentum=0.5)(keras.layers.Conv2D(4, 3)(inputs))
    x = keras.layers.BatchNormalization(momentum=0.5)(keras.layers.DepthwiseConv2D(3)(x))
    x = keras.layers.BatchNormalization()(keras.layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))


@pytest.fixture
def pictures() -> np.ndarray:
    return np.random.default_rng(4).random((32, 8, 8, 1), np.float32)


def learn(network: keras.Model, pictures: np.ndarray) -> keras.Model:
    """Take three steps towards separating light pictures from dark ones."""
    network.compile(keras.optimizers.SGD(0.1), "categorical_crossentropy")
    targets = np.eye(2)[(pictures.mean(axis=(1, 2, 3)) > 0.5).astype(int)]
    for _ in range(3):
        network.train_on_batch(pictures, targets)
    return network


def test_learning_gives_the_plain_network_s_weights(network, pictures):
    quick = learn(with_quick_layers(network), pictures)
    plain = learn(network, pictures)
    # The unbiased variance of 32 x 36 numbers differs from the biased by a thousandth.
    for ours, theirs in zip(quick.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=5e-3, atol=1e-5)


def test_without_learning_it_reads_as_the_plain_network_does(network, pictures):
    quick = with_quick_layers(network)
    np.testing.assert_allclose(quick(pictures), network(pictures), rtol=1e-6)


def test_its_weights_file_is_the_plain_network_s(network, pictures, tmp_path):
    quick = learn(with_quick_layers(network), pictures)
    quick.save_weights(tmp_path / "quick.weights.h5")
    network.load_weights(tmp_path / "quick.weights.h5")
    np.testing.assert_allclose(quick(pictures), network(pictures), rtol=1e-6)


def test_a_saved_state_loads_with_its_quick_layers(network, tmp_path):
    quick = with_quick_layers(network)
    quick.save(tmp_path / "state.keras")
    loaded = keras.saving.load_model(tmp_path / "state.keras")
    kinds = [type(layer) for layer in loaded.layers]
    assert kinds == [type(layer) for layer in quick.layers]
    assert kinds.count(BatchNormalization) == 3


def test_a_frozen_layer_keeps_its_moving_figures(network, pictures):
    quick = with_quick_layers(network)
    quick.layers[2].trainable = False
    before = quick.layers[2].get_weights()
    learn(quick, pictures)
    for ours, theirs in zip(quick.layers[2].get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_half_width_numbers_leave_depthwise_convolutions_and_figures_alone(pictures):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        inputs = keras.Input((8, 8, 1))
        x = keras.layers.DepthwiseConv2D(3)(keras.layers.Conv2D(4, 3)(inputs))
        x = keras.layers.GlobalAveragePooling2D()(keras.layers.BatchNormalization()(x))
        network = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))
        quick = with_quick_layers(network)
    finally:
        keras.config.set_dtype_policy("float32")
    assert [layer.compute_dtype for layer in quick.layers[1:4]] == [
        "bfloat16",
        "float32",
        "bfloat16",
    ]
    for ours, theirs in zip(
        learn(quick, pictures).get_weights(), learn(network, pictures).get_weights(), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=0.02)


def test_other_backends_keep_their_network(network, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    assert with_quick_layers(network) is network
