"""The phases of a run: the head alone, then the whole network."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from webapp.core.errors import TrainingError
from webapp.training.networks import HEAD
from webapp.training.options import TrainOptions, recipe_of

WARM_UP_SHARE = 0.15
HEAD_LEARNING_RATE = 1e-3
MOMENTUM = 0.9


@dataclass(frozen=True)
class Phase:
    """Epochs [first, last) of a run; `head_only` freezes all layers but the output."""

    first: int
    last: int
    head_only: bool


def phases(options: TrainOptions) -> Iterator[Phase]:
    """Yield the phases of a run whose options are filled in."""
    assert options.epochs is not None and options.head_epochs is not None
    switch = min(options.head_epochs, options.epochs)
    if switch:
        yield Phase(0, switch, head_only=True)
    if switch < options.epochs:
        yield Phase(switch, options.epochs, head_only=False)


def prepare(
    network: keras.Model, phase: Phase, options: TrainOptions, steps_per_epoch: int
) -> None:
    """Freeze or free the layers and give the network a new optimiser.

    Raises:
        TrainingError: the layer that `options.train_from` names is not there.
    """
    first = HEAD if phase.head_only else options.train_from
    learning = network.layers
    if first:
        names = [layer.name for layer in network.layers]
        if first not in names:
            known = ", ".join(layer.name for layer in network.layers if layer.weights)
            raise TrainingError(f"--train-from {first}: no such layer. Name one of {known}.")
        learning = network.layers[names.index(first) :]
    for layer in network.layers:
        layer.trainable = layer in learning
    network.compile(
        _optimizer(phase, options, steps=steps_per_epoch * (phase.last - phase.first)),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
        # TensorFlow's XLA is slower than oneDNN on a CPU; JAX without compilation crawls.
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
    )


def prepare_again(
    network: keras.Model, phase: Phase, options: TrainOptions, steps_per_epoch: int
) -> None:
    """Prepare a network whose phase was cut; its optimiser's state stays.

    Keras saves that state, but not which weights the decay leaves alone.
    """
    state = [keras.ops.convert_to_numpy(variable) for variable in network.optimizer.variables]
    prepare(network, phase, options, steps_per_epoch)
    network.optimizer.build(network.trainable_variables)
    for variable, value in zip(network.optimizer.variables, state, strict=True):
        variable.assign(value)


def _optimizer(phase: Phase, options: TrainOptions, steps: int) -> keras.optimizers.Optimizer:
    recipe = recipe_of(options.arch)
    if phase.head_only:
        return keras.optimizers.AdamW(HEAD_LEARNING_RATE, weight_decay=0.0)
    peak = options.peak_learning_rate
    assert peak is not None
    rate = OneCycle(peak, steps) if options.one_cycle else peak
    if recipe.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(
            rate, momentum=MOMENTUM, nesterov=True, weight_decay=recipe.weight_decay
        )
    else:
        optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


@keras.saving.register_keras_serializable("evenkeel")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Linear warm-up to the peak, then a cosine to zero (Smith 2018, arXiv:1803.09820)."""

    def __init__(self, peak: float, steps: int) -> None:
        self.peak, self.steps = peak, steps

    def __call__(self, step: Any) -> Any:
        """Return the learning rate at a step."""
        step = keras.ops.cast(step, "float32")
        warm_up = max(1.0, WARM_UP_SHARE * self.steps)
        progress = keras.ops.clip((step - warm_up) / max(1.0, self.steps - warm_up), 0.0, 1.0)
        fall = 0.5 * (1.0 + keras.ops.cos(np.pi * progress))
        return self.peak * keras.ops.minimum(step / warm_up, fall)

    def get_config(self) -> dict[str, float]:
        """Return what the constructor needs."""
        return {"peak": self.peak, "steps": self.steps}
