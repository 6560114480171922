"""How each network is trained unless told otherwise."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """Optimiser and its settings.

    Attributes:
        optimizer: "sgd" (Nesterov) or "adamw".
        peak_learning_rate: top of the one-cycle schedule.
        weight_decay: Keras multiplies it by the learning rate alone; for SGD with momentum 0.9 it
            acts like a tenth of it in the L2 form of the papers.
        head_epochs: epochs in which only the new output layer learns, before fine-tuning.
    """

    optimizer: str
    peak_learning_rate: float
    weight_decay: float
    batch_size: int
    epochs: int
    head_epochs: int = 0


FROM_SCRATCH = Recipe("sgd", 0.1, 5e-3, batch_size=128, epochs=40)
FINE_TUNING = Recipe("adamw", 1e-3, 0.02, batch_size=64, epochs=12)
HEAD_FIRST = Recipe("adamw", 1e-3, 0.02, batch_size=64, epochs=13, head_epochs=1)

RECIPES = {"efficientnet_lite": FINE_TUNING, "mobilenet": HEAD_FIRST, "mobilenetv2": HEAD_FIRST}


def recipe_of(arch: str) -> Recipe:
    """Return the recipe of an architecture."""
    return RECIPES.get(arch, FROM_SCRATCH)
