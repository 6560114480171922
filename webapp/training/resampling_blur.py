"""The blur that every training view has, for faces that are scored as they are.

Turning or moving a face samples it anew, at places between its pixels. With bilinear weights u and
1-u, u uniform in [0, 1], that blurs each axis by a variance of u(1-u), 1/6 square pixels in the
mean. Faces that are scored as they are would be sharper than any the network has learnt from.
"""

from typing import Any

import keras
from keras import layers

NAME = "resampling_blur"
# The mean over 3x3 pixels blurs each axis by 2/3 square pixels; one part in four of it, by 1/6.
SHARP_PARTS, BLURRED_PARTS = 3, 1


def blurred(faces: Any) -> Any:
    """Blur faces (N, H, W, 1) by 1/6 square pixels along each axis, in float32.

    Half-width numbers, which training may use, would cost grey levels.
    """
    mean = layers.AveragePooling2D(3, strides=1, padding="same", dtype="float32")(faces)
    parts = [faces] * SHARP_PARTS + [mean] * BLURRED_PARTS
    return layers.Average(name=NAME, dtype="float32")(parts)


def with_resampling_blur(network: keras.Model) -> keras.Model:
    """Return the network for serving, which blurs what it is given first.

    It shares its layers with the one given, and has the same weights in the same order. One that
    blurs already is returned as it is.
    """
    if any(layer.name == NAME for layer in network.layers):
        return network
    inputs = keras.Input(network.input_shape[1:], name="face")
    return keras.Model(inputs, network.call(blurred(inputs)), name=network.name)
