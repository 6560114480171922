import numpy as np

from tests.training.test_averaging import network
from webapp.training.choosing import Chooser, EpochScore
from webapp.training.dataset import FaceSet

CLASSES = ("angry", "fear", "happy")
# Bright faces are happy; the network that is sure of it sees it, and reads the dark ones so, too.
GREYS = np.array([20, 40, 200, 240], np.uint8)
FACES = FaceSet(
    np.tile(GREYS[:, None, None], (1, 48, 48)),
    np.array([0, 1, 2, 2]),
    tuple(f"{grey}.png" for grey in GREYS),
    CLASSES,
)


def test_accuracy_and_roc_area_count_the_same(tmp_path):
    happy = network(0.0, 0.0, 9.0)
    assert Chooser(FACES).score(happy) == (0.5 + 1.0) / 2
    votes = tmp_path / "votes.csv"
    votes.write_text(
        "file,neutral,happiness,surprise,sadness,anger,disgust,fear\n"
        "20.png,0,0,0,0,4,0,6\n200.png,0,9,0,0,0,0,1\n240.png,0,9,0,0,0,0,1\n"
    )
    assert Chooser(FACES, votes).score(happy) == round((0.5 + 1.0 + 0.6667 + 1.0) / 4, 4)


def test_every_epoch_is_scored_by_the_inputs_it_learns_from():
    callback = EpochScore(Chooser(FACES), np.ones((4, 48, 48, 1), np.float32))
    callback.set_model(network(0.0, 0.0, 9.0))
    logs = {"loss": 1.0}
    callback.on_epoch_end(0, logs)
    # All alike: two of four right, and no picture above another.
    assert logs == {"loss": 1.0, "val_score": 0.5}
