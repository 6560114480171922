import numpy as np
import pytest

from webapp.core.errors import DatasetError
from webapp.training.dataset import FaceSet
from webapp.training.votes import Votes, soft_targets

HEADER = (
    "file,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,not_a_face,"
    "copy_in_other_split,same_pixels_other_label,near_constant"
)


def faces(*files: str) -> FaceSet:
    count = len(files)
    classes = ("angry", "happy")
    return FaceSet(np.zeros((count, 48, 48), np.uint8), np.zeros(count, int), files, classes)


@pytest.fixture
def votes(tmp_path):
    rows = [
        "a.png,1,2,0,0,6,0,0,1,0,0,0,0,0",
        "b.png,0,0,0,0,0,0,0,0,0,0,1,0,0",
        "c.png,0,0,0,0,0,0,0,0,0,9,0,0,0",
    ]
    path = tmp_path / "index.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return Votes(path)


def test_votes_for_the_classes_of_the_set(votes):
    assert votes.counts(faces("a.png", "unknown.png")).tolist() == [[6, 2], [0, 0]]


def test_flaws_are_told(votes):
    flawed = votes.flawed(faces("a.png", "b.png", "c.png", "unknown.png"))
    assert flawed.tolist() == [False, True, True, False]


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_targets_mix_label_and_votes(votes, share):
    two = faces("a.png", "unknown.png")
    targets = soft_targets(two, votes.counts(two), share, smoothing=0.0)
    np.testing.assert_allclose(targets[0], [1 - share + share * 0.75, share * 0.25])
    np.testing.assert_allclose(targets[1], [1, 0])


def test_smoothing():
    targets = soft_targets(faces("a.png"), None, 0.4, smoothing=0.1)
    np.testing.assert_allclose(targets, [[0.95, 0.05]], rtol=1e-6)


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n")
    with pytest.raises(DatasetError, match="missing columns"):
        Votes(path)
    with pytest.raises(DatasetError, match="no such votes file"):
        Votes(tmp_path / "gone.csv")


def test_votes_for_other_pictures_are_refused(votes):
    with pytest.raises(DatasetError, match="none match"):
        votes.counts(faces("elsewhere/a.png"))
