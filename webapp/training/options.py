"""What one training run is asked to do, and the recipe of each architecture."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from webapp.training.precision import AUTO
from webapp.training.pretrained import IMAGENET, NONE, is_pretrainable

NOT_SETTINGS = ("out", "resume")
PATHS = ("data", "votes", "init")


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


@dataclass(frozen=True)
class TrainOptions:
    """One training run; None leaves the choice to the architecture's recipe.

    Attributes:
        data: image folder or `fer2013.csv`.
        out: folder for the model files and the checkpoint.
        head_epochs: of `epochs`, those in which only the output layer learns.
        smoothing: label smoothing in [0, 1).
        votes: CSV with FER+ columns, or None.
        votes_share: weight of the votes in the targets.
        votes_least: votes count where at least so many of ten taggers chose one class; elsewhere
            the label alone does.
        teachers: folders of models to learn from; their predictions are averaged.
        teacher_share: weight of the teachers' predictions in the targets.
        teach_views: the teachers score each face as it was changed and mixed for the network that
            learns, at every step, instead of the original once.
        class_balance: beta of `balance.class_weights`, in [0, 1); 0 weighs all classes alike.
        mixup: how strongly pairs of faces are mixed, see `batches.mixed`; 0 not at all.
        conditions: share of the faces of every epoch, in [0, 1], that are shown as a camera may
            show them, see `webapp.training.conditions`.
        init: folder of a model to start from, or None.
        pretrained: "imagenet", "none" or a file, see `pretrained.put_pretrained`.
        enlarged_px: size that a pretrained network enlarges faces to.
        width: channels of `cnn` relative to the usual.
        train_from: name of the first layer that learns; those before it stay as they are. None
            for all.
        patience: stop after so many epochs without a better one, or None.
        average: of so many last epochs the mean weights are tried; kept when better than the best.
        precision: "auto", "float32" or "mixed_bfloat16".
        deterministic: the same numbers on every run, at some cost in speed.
        clean, augment, one_cycle: switched off by ablations alone.
        resume: go on from the checkpoint in `out`.
    """

    data: Path
    out: Path
    arch: str = "cnn"
    epochs: int | None = None
    head_epochs: int | None = None
    batch_size: int | None = None
    peak_learning_rate: float | None = None
    smoothing: float = 0.05
    votes: Path | None = None
    votes_share: float = 0.4
    votes_least: int = 0
    teachers: tuple[Path, ...] = ()
    teacher_share: float = 0.6
    teach_views: bool = False
    class_balance: float = 0.0
    mixup: float = 0.0
    conditions: float = 0.0
    seed: int = 1
    init: Path | None = None
    pretrained: str = IMAGENET
    enlarged_px: int | None = None
    width: float | None = None
    train_from: str | None = None
    patience: int | None = None
    average: int = 1
    precision: str = AUTO
    deterministic: bool = False
    clean: bool = True
    augment: bool = True
    one_cycle: bool = True
    resume: bool = False

    def with_recipe(self) -> "TrainOptions":
        """Fill in what was left to the recipe."""
        recipe = recipe_of(self.arch)
        names = ("epochs", "batch_size", "peak_learning_rate")
        chosen = {name: getattr(recipe, name) for name in names if getattr(self, name) is None}
        # A network that starts from an earlier model has no use for a lesson to its head alone.
        if self.head_epochs is None:
            chosen["head_epochs"] = 0 if self.init else recipe.head_epochs
        return replace(self, **chosen)

    def settings(self) -> dict[str, Any]:
        """Return what must not change between a run and its resumption; paths by name."""
        settings = {k: v for k, v in asdict(self).items() if k not in NOT_SETTINGS}
        for name in PATHS:
            settings[name] = settings[name].name if settings[name] else None
        settings["teachers"] = [folder.name for folder in self.teachers]
        is_used = not self.init and self.pretrained != NONE and is_pretrainable(self.arch)
        settings["pretrained"] = Path(self.pretrained).name if is_used else None
        return settings
