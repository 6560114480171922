"""The networks that `train --arch` offers."""

import keras
from keras import layers

from webapp.vision.preprocess import INPUT_SIZE_PX


def build(arch: str, class_count: int) -> keras.Model:
    """Build an untrained network with softmax outputs.

    Raises:
        KeyError: `arch` is not a key of `ARCHITECTURES`.
    """
    return ARCHITECTURES[arch](class_count)


def cnn(class_count: int) -> keras.Model:
    """Six 3x3 convolutions in three stages after a strided stem; 0.66 M parameters.

    The first layer removes each face's own brightness and contrast, so that exposure does not
    matter; halving the resolution in the stem costs little accuracy and doubles the speed.
    """
    inputs = keras.Input((INPUT_SIZE_PX, INPUT_SIZE_PX, 1), name="face")
    x = layers.LayerNormalization(axis=[1, 2, 3], center=False, scale=False)(inputs)
    x = _convolution(x, 32, kernel=5, strides=2)
    for stage, width in enumerate((48, 96, 192)):
        if stage:
            x = layers.MaxPooling2D(2)(x)
        x = _convolution(x, width)
        x = _convolution(x, width)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.3)(x)
    outputs = layers.Dense(class_count, activation="softmax", name="expression")(x)
    return keras.Model(inputs, outputs, name="evenkeel_cnn")


def _convolution(
    x: keras.KerasTensor, width: int, kernel: int = 3, strides: int = 1
) -> keras.KerasTensor:
    x = layers.Conv2D(width, kernel, strides=strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(x)


ARCHITECTURES = {"cnn": cnn}
