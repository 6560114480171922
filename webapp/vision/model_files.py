"""The model folder: architecture, weights and metadata, written and checked as one."""

import hashlib
import json
import warnings
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webapp.core.errors import ModelContractError, ModelMissingError
from webapp.disk.atomic import NamedMemory, replace_files

if TYPE_CHECKING:
    import keras

ARCHITECTURE_FILE = "model.json"
WEIGHTS_FILE = "model.weights.h5"
METADATA_FILE = "metadata.json"
LITERT_FILE = "model.tflite"
INPUT_SIZE_PX = 48
INPUT_SHAPE = (INPUT_SIZE_PX, INPUT_SIZE_PX, 1)
UNCERTAIN_BELOW = 0.4
PREPROCESSING = "grey, float32 in [0, 1]; contrast is normalised inside the network"


@dataclass(frozen=True)
class Metadata:
    """What `metadata.json` records beside the weights.

    Attributes:
        classes: names in output order.
        uncertain_below: a best probability under it names no class.
        calm: what the model says of calm faces on average, per class, in [0, 1]; empty when nobody
            has measured it.
        temperature: divides the logits before softmax (Guo et al. 2017, arXiv:1706.04599).
        training: data, split, seed, epochs and the like, as `train` ran with them.
        init_chain: weight digests this model was trained from, oldest first.
        litert_sha256: digest of the compiled copy made from these weights; None when there is none.
    """

    classes: tuple[str, ...]
    parameters: int
    weights_sha256: str
    temperature: float = 1.0
    uncertain_below: float = UNCERTAIN_BELOW
    calm: tuple[float, ...] = ()
    input_shape: tuple[int, ...] = INPUT_SHAPE
    preprocessing: str = PREPROCESSING
    training: dict[str, Any] = field(default_factory=dict)
    init_chain: tuple[str, ...] = ()
    litert_sha256: str | None = None


def save_model(
    folder: Path,
    network: "keras.Model",
    classes: tuple[str, ...],
    training: dict[str, Any],
    init_chain: tuple[str, ...] = (),
) -> Metadata:
    """Write the three files; where one of them finds no room, all predecessors stand.

    A compiled copy made from earlier weights serves no longer: the metadata name none.

    Raises:
        OSError: the folder cannot be made or a file not be written.
    """
    import keras

    folder.mkdir(parents=True, exist_ok=True)
    # Without the optimiser, whose state is larger than the weights.
    bare = keras.models.model_from_json(network.to_json())
    bare.set_weights(network.get_weights())
    weights = NamedMemory(WEIGHTS_FILE)
    bare.save_weights(weights)
    digest = hashlib.sha256(weights.getvalue()).hexdigest()
    metadata = Metadata(
        classes, network.count_params(), digest, training=training, init_chain=init_chain
    )
    replace_files(
        {
            folder / ARCHITECTURE_FILE: network.to_json(indent=1).encode(),
            folder / WEIGHTS_FILE: weights.getvalue(),
            folder / METADATA_FILE: _metadata_json(metadata),
        }
    )
    return metadata


def update_metadata(folder: Path, **changes: Any) -> Metadata:
    """Change single fields of `metadata.json` in one step; the model's files stay as they are.

    Args:
        changes: fields of `Metadata` by name, such as `temperature` or `litert_sha256`.

    Raises:
        ModelContractError: the file there is damaged.
    """
    metadata = replace(_parse_metadata(folder / METADATA_FILE), **changes)
    replace_files({folder / METADATA_FILE: _metadata_json(metadata)})
    return metadata


def read_metadata(folder: Path) -> Metadata:
    """Read `metadata.json` and check the other files against it, without loading Keras.

    Raises:
        ModelMissingError: a file of the model is not there.
        ModelContractError: a file is damaged or belongs to another model.
    """
    metadata = _read_for_keras(folder)
    if metadata.litert_sha256 is None:
        return metadata
    path = folder / LITERT_FILE
    way_out = (
        "Restore the files of one training run together or make it anew: "
        f"python -m webapp export --model {folder}"
    )
    if not path.is_file():
        raise ModelMissingError(f"{path} is missing, though {METADATA_FILE} names it. {way_out}")
    if metadata.litert_sha256 != sha256(path):
        raise ModelContractError(
            f"{path} is not the file {METADATA_FILE} was written for (sha256 differs). {way_out}"
        )
    return metadata


def load_network(folder: Path) -> tuple["keras.Model", Metadata]:
    """Load the network and check that its three files fit each other and serving.

    The compiled copy is not looked at, so that one that fails can be made anew from these.

    Raises:
        ModelMissingError: one of the three files is not there.
        ModelContractError: Keras 2 files, a wrong shape, or files of different models.
    """
    metadata = _read_for_keras(folder)
    network = _network_from_json(folder / ARCHITECTURE_FILE)
    _check_shapes(folder, network, metadata)
    try:
        with warnings.catch_warnings():
            # Keras only warns when layers stay at their random start.
            warnings.simplefilter("error", UserWarning)
            network.load_weights(folder / WEIGHTS_FILE)
    except (ValueError, OSError, KeyError, UserWarning) as error:
        raise ModelContractError(
            f"{folder / WEIGHTS_FILE} does not fit {ARCHITECTURE_FILE}: {first_line(error)}. "
            "Restore the files of one training run together."
        ) from error
    return network, metadata


def sha256(path: Path) -> str:
    """Return the digest of a file as `metadata.json` holds it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def first_line(error: Exception) -> str:
    """Return the first line of what an error says, or its name."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _read_for_keras(folder: Path) -> Metadata:
    for name in (ARCHITECTURE_FILE, WEIGHTS_FILE, METADATA_FILE):
        if not (folder / name).is_file():
            raise ModelMissingError(
                f"{folder / name} is missing. Restore it (git checkout model/) or train a model: "
                "python -m webapp train --data DIR --out model"
            )
    metadata = _parse_metadata(folder / METADATA_FILE)
    architecture = _parse_architecture(folder / ARCHITECTURE_FILE)
    _check_declared_shapes(folder, architecture, metadata)
    if metadata.weights_sha256 != sha256(folder / WEIGHTS_FILE):
        raise ModelContractError(
            f"{folder / WEIGHTS_FILE} is not the file {METADATA_FILE} was written for "
            "(sha256 differs). Restore the files of one training run together."
        )
    return metadata


def _parse_metadata(path: Path) -> Metadata:
    try:
        raw = json.loads(path.read_text())
        raw["classes"] = tuple(raw["classes"])
        raw["input_shape"] = tuple(raw["input_shape"])
        raw["init_chain"] = tuple(raw["init_chain"])
        raw["calm"] = tuple(map(float, raw.get("calm", ())))
        if len(raw["calm"]) not in (0, len(raw["classes"])):
            raise ValueError(f"calm: expected a number per class, got {len(raw['calm'])}")
        return Metadata(**raw)
    except (ValueError, TypeError, KeyError) as error:
        raise ModelContractError(
            f"{path}: not the metadata that train writes ({first_line(error)}). "
            "Restore it together with the weights."
        ) from error


def _network_from_json(path: Path) -> "keras.Model":
    import keras

    try:
        network = keras.models.model_from_json(path.read_text())
        if not isinstance(network, keras.Model):
            raise ValueError(f"it holds a {type(network).__name__}")
        return network
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelContractError(
            f"{path}: not an architecture that Keras {keras.__version__} reads: "
            f"{first_line(error)}. Restore it or train anew."
        ) from error


def _parse_architecture(path: Path) -> dict[str, Any]:
    try:
        architecture = json.loads(path.read_text())
        version = str(architecture.get("keras_version", "3"))
    except (ValueError, AttributeError) as error:
        raise ModelContractError(f"{path}: not JSON of a Keras model ({error}).") from error
    if version.startswith(("1.", "2.")):
        raise ModelContractError(
            f"{path}: written by Keras {version}, which Keras 3 cannot read (keras #20081). "
            "Train the model anew with this version: python -m webapp train --data DIR"
        )
    return dict(architecture)


def _check_declared_shapes(folder: Path, architecture: dict[str, Any], metadata: Metadata) -> None:
    config = architecture.get("config")
    layers = config.get("layers", ()) if isinstance(config, dict) else ()
    configs = [layer.get("config", {}) for layer in layers]
    inputs = [tuple(each["batch_shape"]) for each in configs if "batch_shape" in each]
    outputs = [each["units"] for each in configs if "units" in each]
    # What is built in other ways is judged by `load_network` alone.
    if inputs[:1] not in ([], [(None, *INPUT_SHAPE)]) or outputs[-1:] not in (
        [],
        [len(metadata.classes)],
    ):
        raise ModelContractError(
            f"{folder / ARCHITECTURE_FILE}: expected input {(None, *INPUT_SHAPE)} and "
            f"{len(metadata.classes)} outputs (one per class in {METADATA_FILE}), got "
            f"{inputs[:1]} and {outputs[-1:]}. Restore the files of one training run together."
        )


def _check_shapes(folder: Path, network: "keras.Model", metadata: Metadata) -> None:
    expected = ((None, *INPUT_SHAPE), (None, len(metadata.classes)))
    got = (network.input_shape, network.output_shape)
    if got != expected or metadata.input_shape != INPUT_SHAPE:
        raise ModelContractError(
            f"{folder / ARCHITECTURE_FILE}: expected input {expected[0]} and output {expected[1]} "
            f"(one per class in {METADATA_FILE}), got {got[0]} and {got[1]}."
        )


def _metadata_json(metadata: Metadata) -> bytes:
    return (json.dumps(asdict(metadata), indent=2) + "\n").encode()
