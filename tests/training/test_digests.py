from dataclasses import replace

import numpy as np
import pytest

from tests.training.brightness import write_model
from webapp.training.dataset import FaceSet
from webapp.training.options import TrainOptions
from webapp.training.train import digests

FACES = FaceSet(
    np.arange(2, dtype=np.uint8).repeat(48 * 48).reshape(2, 48, 48),
    np.array([0, 1]),
    ("a", "b"),
    ("calm", "tense"),
)


@pytest.fixture
def options(tmp_path):
    (tmp_path / "votes.csv").write_text("file")
    write_model(tmp_path / "model", steepness=8)
    model = tmp_path / "model"
    return TrainOptions(
        tmp_path, tmp_path, votes=tmp_path / "votes.csv", init=model, teachers=(model,)
    )


def test_the_same_has_the_same_digests(options):
    assert digests(options, FACES, FACES) == digests(options, FACES.take(np.arange(2)), FACES)


@pytest.mark.parametrize(
    "other",
    [
        replace(FACES, images=FACES.images[::-1]),
        replace(FACES, labels=np.array([1, 0])),
        replace(FACES, files=("a", "c")),
        FACES.take(np.array([1, 0])),
        FACES.take(np.array([0])),
    ],
    ids=["pixels", "labels", "names", "order", "fewer"],
)
def test_other_pictures_have_another_digest(options, other):
    before = digests(options, FACES, FACES)
    assert _changed(before, digests(options, other, FACES)) == {"training_pictures_sha256"}
    assert _changed(before, digests(options, FACES, other)) == {"validation_pictures_sha256"}


def test_other_votes_and_weights_have_other_digests(options):
    before = digests(options, FACES, FACES)
    options.votes.write_text("other")
    assert _changed(before, digests(options, FACES, FACES)) == {"votes_file_sha256"}
    before = digests(options, FACES, FACES)
    write_model(options.init, steepness=9)
    weights = {"init_weights_sha256", "teachers_weights_sha256"}
    assert _changed(before, digests(options, FACES, FACES)) == weights


def _changed(before, after):
    return {name for name in before if before[name] != after[name]}
