"""EfficientNet-Lite0's features, and how ImageNet's weights are put into them.

Tan & Le 2019, arXiv:1905.11946, without squeeze-and-excitation and with ReLU6, as the Lite
variants define it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers


@dataclass(frozen=True)
class Stage:
    """Inverted residuals of one width; only the first of them may stride."""

    kernel: int
    strides: int
    expansion: int
    width: int
    repeats: int


STEM_WIDTH = 32
HEAD_WIDTH = 1280
STAGES = (
    Stage(3, 1, 1, 16, 1),
    Stage(3, 2, 6, 24, 2),
    Stage(5, 2, 6, 40, 2),
    Stage(3, 2, 6, 80, 3),
    Stage(5, 1, 6, 112, 3),
    Stage(5, 2, 6, 192, 4),
    Stage(3, 1, 6, 320, 1),
)


def efficientnet_lite_features(x: keras.KerasTensor) -> keras.KerasTensor:
    """Apply the network up to its last convolution: (N, H, W, 1) to (N, H/32, W/32, 1280)."""
    x = _convolution(x, "stem", STEM_WIDTH, kernel=3, strides=2)
    for name, stage, strides in _blocks():
        x = _inverted_residual(x, name, stage, strides)
    return _convolution(x, "head", HEAD_WIDTH)


def put_torch_weights(network: keras.Model, arrays: dict[str, np.ndarray]) -> None:
    """Set the layers of `efficientnet_lite_features` from a state dict of PyTorch's port.

    Raises:
        KeyError: an array is missing.
        ValueError: an array has another shape than its layer.
    """
    for layer, convolution, norm in _torch_names():
        weight = arrays[f"{convolution}.weight"]
        if layer == "stem":
            # A grey picture is three equal channels.
            weight = weight.sum(axis=1, keepdims=True)
        # PyTorch's (out, in, H, W) becomes Keras' (H, W, in, out).
        axes = (2, 3, 0, 1) if layer.endswith("depthwise") else (2, 3, 1, 0)
        network.get_layer(layer).set_weights([weight.transpose(axes)])
        parts = ("weight", "bias", "running_mean", "running_var")
        network.get_layer(f"{layer}_norm").set_weights([arrays[f"{norm}.{part}"] for part in parts])


def _blocks() -> Iterator[tuple[str, Stage, int]]:
    number = 0
    for stage in STAGES:
        for repeat in range(stage.repeats):
            yield f"block{number}", stage, stage.strides if repeat == 0 else 1
            number += 1


def _inverted_residual(
    x: keras.KerasTensor, name: str, stage: Stage, strides: int
) -> keras.KerasTensor:
    block_input, width = x, x.shape[-1]
    if stage.expansion > 1:
        x = _convolution(x, f"{name}_expand", width * stage.expansion)
    x = layers.DepthwiseConv2D(
        stage.kernel, strides=strides, padding="same", use_bias=False, name=f"{name}_depthwise"
    )(x)
    x = layers.ReLU(6.0)(_batch_norm(x, f"{name}_depthwise"))
    x = _convolution(x, f"{name}_project", stage.width, activate=False)
    return layers.Add()([block_input, x]) if x.shape == block_input.shape else x


def _convolution(
    x: keras.KerasTensor,
    name: str,
    width: int,
    kernel: int = 1,
    strides: int = 1,
    activate: bool = True,
) -> keras.KerasTensor:
    x = layers.Conv2D(width, kernel, strides=strides, padding="same", use_bias=False, name=name)(x)
    x = _batch_norm(x, name)
    return layers.ReLU(6.0)(x) if activate else x


def _batch_norm(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.BatchNormalization(epsilon=1e-3, momentum=0.98, name=f"{name}_norm")(x)


def _torch_names() -> Iterator[tuple[str, str, str]]:
    """Yield our layer, PyTorch's convolution and PyTorch's normalisation."""
    yield "stem", "_conv_stem", "_bn0"
    for number, (name, stage, _) in enumerate(_blocks()):
        parts = ("expand", "depthwise", "project")
        for norm, part in enumerate(parts):
            if part == "expand" and stage.expansion == 1:
                continue
            yield f"{name}_{part}", f"_blocks.{number}._{part}_conv", f"_blocks.{number}._bn{norm}"
    yield "head", "_conv_head", "_bn1"
