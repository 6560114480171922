"""The networks that `train --arch` offers: class count in, untrained softmax network out.

All read the same face, (48, 48, 1) in [0, 1], and end in the layer `HEAD`; whatever else a
network wants (size, channels, range) happens inside it.
"""

from collections.abc import Callable

import keras
from keras import layers

from webapp.core.errors import TrainingError
from webapp.training import faceres
from webapp.training.efficientnet_lite import efficientnet_lite_features
from webapp.vision.model_files import INPUT_SIZE_PX

HEAD = "expression"
# Of what the networks with three channels are given.
INPUT_STD = 0.5
CHANNEL_OFFSETS = faceres.channel_offsets(INPUT_STD)


def build(arch: str, class_count: int, **shape: float | None) -> keras.Model:
    """Build an untrained network.

    Args:
        arch: a key of `ARCHITECTURES`.
        shape: arguments of that architecture, None for its own choice.

    Raises:
        TrainingError: the architecture does not take such an argument.
    """
    given = {name: value for name, value in shape.items() if value is not None}
    try:
        return ARCHITECTURES[arch](class_count, **given)
    except TypeError as error:
        raise TrainingError(f"--arch {arch} does not take {', '.join(given)}.") from error


def cnn(class_count: int, width: float = 1.0) -> keras.Model:
    """Six 3x3 convolutions in three stages after a strided stem; 0.66 M parameters.

    Halving the resolution in the stem costs little accuracy and doubles the speed.

    Args:
        class_count: number of outputs.
        width: multiplies the number of channels.
    """
    inputs, x = _face()
    x = _convolution(x, round(32 * width), kernel=5, strides=2)
    for stage, channels in enumerate((48, 96, 192)):
        if stage:
            x = layers.MaxPooling2D(2)(x)
        x = _convolution(x, round(channels * width))
        x = _convolution(x, round(channels * width))
    return _classified(inputs, x, class_count, "evenkeel_cnn")


def efficientnet_lite(class_count: int, enlarged_px: int = 96) -> keras.Model:
    """EfficientNet-Lite0 (Tan & Le 2019, arXiv:1905.11946) on enlarged faces; 3.4 M parameters."""
    inputs, x = _face()
    x = efficientnet_lite_features(_enlarged(x, enlarged_px))
    return _classified(inputs, x, class_count, "efficientnet_lite0")


def mobilenet(class_count: int, enlarged_px: int = 112) -> keras.Model:
    """MobileNet (Howard et al. 2017, arXiv:1704.04861) on enlarged faces; 3.2 M parameters.

    It ships. Its three channels differ by what the faces it starts from were given, see `faceres`.
    """
    return _from_keras(keras.applications.MobileNet, class_count, enlarged_px, CHANNEL_OFFSETS)


def mobilenetv2(class_count: int, enlarged_px: int = 96) -> keras.Model:
    """MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381) on enlarged faces; 2.3 M parameters."""
    return _from_keras(keras.applications.MobileNetV2, class_count, enlarged_px)


def _from_keras(
    application: Callable[..., keras.Model],
    class_count: int,
    enlarged_px: int,
    channel_offsets: tuple[float, ...] | None = None,
) -> keras.Model:
    inputs, x = _face()
    # ImageNet's pictures come to these networks in [-1, 1], half as spread as a normalised face.
    x = layers.Rescaling(INPUT_STD)(_enlarged(x, enlarged_px))
    x = layers.Concatenate()([x, x, x])
    if channel_offsets:
        x = layers.Rescaling(1.0, offset=channel_offsets)(x)
    features = application(input_tensor=x, include_top=False, weights=None)
    return _classified(inputs, features.output, class_count, features.name)


def _face() -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Return the input and the face without its own brightness and contrast.

    So exposure does not matter.
    """
    inputs = keras.Input((INPUT_SIZE_PX, INPUT_SIZE_PX, 1), name="face")
    normalised = layers.LayerNormalization(axis=[1, 2, 3], center=False, scale=False)(inputs)
    return inputs, normalised


def _enlarged(x: keras.KerasTensor, size_px: int) -> keras.KerasTensor:
    return layers.Resizing(size_px, size_px, interpolation="bilinear")(x)


def _convolution(
    x: keras.KerasTensor, width: int, kernel: int = 3, strides: int = 1
) -> keras.KerasTensor:
    x = layers.Conv2D(width, kernel, strides=strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(x)


def _classified(
    inputs: keras.KerasTensor, x: keras.KerasTensor, class_count: int, name: str
) -> keras.Model:
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.3)(x)
    # Probabilities stay exact under mixed precision.
    outputs = layers.Dense(class_count, activation="softmax", name=HEAD, dtype="float32")(x)
    return keras.Model(inputs, outputs, name=name)


ARCHITECTURES: dict[str, Callable[..., keras.Model]] = {
    "cnn": cnn,
    "efficientnet_lite": efficientnet_lite,
    "mobilenet": mobilenet,
    "mobilenetv2": mobilenetv2,
}
