import keras
import numpy as np
import pytest

from webapp.core.errors import TrainingError
from webapp.training.efficientnet_lite import STAGES, _torch_names, put_torch_weights
from webapp.training.networks import ARCHITECTURES, HEAD, build
from webapp.training.pretrained import APPLICATION_INPUT, put_earlier, put_pretrained
from webapp.training.resampling_blur import with_resampling_blur
from webapp.vision.model_files import save_model

CLASSES = ("calm", "tense")
FACES = np.random.default_rng(3).random((8, 48, 48, 1), np.float32)


def small(class_count: int, neurons: int = 3) -> keras.Model:
    inputs = keras.Input((48, 48, 1))
    x = keras.layers.Dense(neurons, name="body")(keras.layers.Flatten()(inputs))
    x = keras.layers.Dense(class_count, activation="softmax", name=HEAD)(x)
    return keras.Model(inputs, x)


def torch_arrays(network: keras.Model, seed: int) -> dict[str, np.ndarray]:
    """Random weights under PyTorch's names, in PyTorch's shapes."""
    rng, arrays = np.random.default_rng(seed), {}
    for layer, convolution, norm in _torch_names():
        rows, columns, inputs, outputs = network.get_layer(layer).kernel.shape
        if layer.endswith("depthwise"):
            inputs, outputs = outputs, inputs
        inputs = 3 if layer == "stem" else inputs
        arrays[f"{convolution}.weight"] = rng.random((outputs, inputs, rows, columns), np.float32)
        for part in ("weight", "bias", "running_mean", "running_var"):
            arrays[f"{norm}.{part}"] = rng.random(outputs, np.float32)
    return arrays


@pytest.fixture(scope="module")
def lite() -> keras.Model:
    return build("efficientnet_lite", 2, enlarged_px=32)


def test_every_array_of_the_state_dict_finds_its_layer(lite):
    arrays = torch_arrays(lite, seed=1)
    put_torch_weights(lite, arrays)
    blocks = sum(stage.repeats for stage in STAGES)
    assert len(arrays) == 5 * (2 + 3 * blocks - 1)
    np.testing.assert_allclose(
        lite.get_layer("stem").kernel[:, :, 0, 5], arrays["_conv_stem.weight"][5].sum(0), rtol=1e-6
    )
    np.testing.assert_array_equal(
        lite.get_layer("block3_depthwise").kernel[..., 4, 0],
        arrays["_blocks.3._depthwise_conv.weight"][4, 0],
    )
    np.testing.assert_array_equal(
        lite.get_layer("block15_project_norm").moving_variance,
        arrays["_blocks.15._bn2.running_var"],
    )


def test_a_missing_array_is_an_error(lite):
    arrays = torch_arrays(lite, seed=1)
    del arrays["_conv_head.weight"]
    with pytest.raises(KeyError, match="_conv_head"):
        put_torch_weights(lite, arrays)


def test_lite_without_a_file_says_what_to_do(lite):
    with pytest.raises(TrainingError, match=r"--pretrained .*--init.*none"):
        put_pretrained(lite, "efficientnet_lite", "imagenet", FACES)


@pytest.mark.parametrize("arch", ["mobilenet", "mobilenetv2"])
def test_weights_that_keras_saved_are_read_from_a_file(arch, tmp_path):
    application = {
        "mobilenet": keras.applications.MobileNet,
        "mobilenetv2": keras.applications.MobileNetV2,
    }[arch]
    source = application(input_shape=APPLICATION_INPUT, include_top=False, weights=None)
    source.save_weights(tmp_path / "top-less.weights.h5")
    network = build(arch, 2, enlarged_px=32)
    put_pretrained(network, arch, str(tmp_path / "top-less.weights.h5"), FACES)
    for layer in (layer for layer in source.layers if layer.weights):
        ours = network.get_layer(layer.name).get_weights()
        for expected, got in zip(layer.get_weights(), ours, strict=True):
            np.testing.assert_array_equal(got, expected)


def test_a_file_that_does_not_fit_is_reported(tmp_path):
    (tmp_path / "x.weights.h5").write_bytes(b"nothing")
    network = build("mobilenetv2", 2, enlarged_px=32)
    with pytest.raises(TrainingError, match=r"x\.weights\.h5: no ImageNet weights for mobilenetv2"):
        put_pretrained(network, "mobilenetv2", str(tmp_path / "x.weights.h5"), FACES)


def test_a_network_without_imagenet_weights_refuses_a_file():
    with pytest.raises(TrainingError, match="cnn has no ImageNet weights"):
        put_pretrained(build("cnn", 2), "cnn", "some.h5", FACES)


def test_an_earlier_model_with_other_classes_gives_all_but_its_output(tmp_path, monkeypatch):
    monkeypatch.setitem(ARCHITECTURES, "small", small)
    earlier = small(2)
    save_model(tmp_path, with_resampling_blur(earlier), CLASSES, training={})
    same, other = small(2), small(3)
    assert put_earlier(same, "small", CLASSES, tmp_path)
    assert not put_earlier(other, "small", ("a", "b", "c"), tmp_path)
    for network in (same, other):
        np.testing.assert_array_equal(
            network.get_layer("body").kernel, earlier.get_layer("body").kernel
        )
    np.testing.assert_array_equal(same.get_layer(HEAD).kernel, earlier.get_layer(HEAD).kernel)


def test_an_earlier_model_of_another_shape_is_refused(tmp_path):
    save_model(tmp_path, small(2), CLASSES, training={})
    with pytest.raises(TrainingError, match="leave --init out"):
        put_earlier(small(2, neurons=4), "small", CLASSES, tmp_path)
