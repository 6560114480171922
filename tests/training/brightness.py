"""A model whose every prediction is known: how bright a picture is decides between two classes."""

from pathlib import Path

import cv2
import keras
import numpy as np

from webapp.vision.model_files import Metadata, save_model

CLASSES = ("dark", "light")


def write_model(folder: Path, steepness: float) -> Metadata:
    """Save a network that reads P(light) = sigmoid(steepness * (brightness - 1/2))."""
    inputs = keras.Input((48, 48, 1))
    mean = keras.layers.GlobalAveragePooling2D()(inputs)
    network = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(mean))
    half = steepness / 2
    network.set_weights([np.array([[-half, half]]), np.array([half / 2, -half / 2])])
    return save_model(folder, network, CLASSES, training={})


def write_greys(folder: Path, greys: dict[str, list[int]]) -> Path:
    """Write a picture of one grey, 0 to 255, per entry and class."""
    for name, levels in greys.items():
        (folder / name).mkdir(parents=True)
        for number, level in enumerate(levels):
            picture = np.full((48, 48), level, np.uint8)
            cv2.imwrite(str(folder / name / f"{number:03d}.png"), picture)
    return folder
