import numpy as np
import pytest

from webapp.core.errors import DatasetError
from webapp.training.dataset import FaceSet
from webapp.training.votes import Votes, agreed_votes, soft_targets

HEADER = (
    "file,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,not_a_face,"
    "copy_in_other_split,same_pixels_other_label,near_constant"
)


def faces(*files: str, classes: tuple[str, ...] = ("angry", "happy")) -> FaceSet:
    count = len(files)
    return FaceSet(np.zeros((count, 48, 48), np.uint8), np.zeros(count, int), files, classes)


def written(folder, *rows: str, header: str = HEADER):
    path = folder / "index.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.fixture
def votes(tmp_path):
    rows = [
        "a.png,1,2,0,0,6,0,0,1,0,0,0,0,0",
        "b.png,0,0,0,0,0,0,0,0,0,0,1,0,0",
        "c.png,0,0,0,0,0,0,0,0,0,9,0,0,0",
    ]
    return Votes(written(tmp_path, *rows))


def test_votes_for_the_classes_of_the_set(votes):
    assert votes.counts(faces()).shape == (0, 2)
    assert votes.counts(faces("a.png", "unknown.png")).tolist() == [[6, 2], [0, 0]]


def test_classes_that_the_votes_do_not_know_are_without(votes):
    shown = faces("a.png", classes=("bored", "happy", "uneasy"))
    assert votes.counts(shown).tolist() == [[0, 2, 0]]
    targets = soft_targets(
        faces("a.png", classes=("bored", "uneasy")),
        votes.counts(faces("a.png", classes=("bored", "uneasy"))),
        votes_share=0.4,
        smoothing=0.0,
    )
    assert targets.tolist() == [[1, 0]]


def test_flaws_are_found(votes):
    flawed = votes.flawed(faces("a.png", "b.png", "c.png", "unknown.png"))
    assert flawed.tolist() == [False, True, True, False]


def test_columns_of_flaws_may_be_missing(tmp_path):
    header = ",".join(HEADER.split(",")[:8])
    votes = Votes(written(tmp_path, "a.png,1,2,0,0,6,0,0", header=header))
    assert not votes.flawed(faces("a.png")).any()


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_targets_mix_label_and_votes(votes, share):
    two = faces("a.png", "unknown.png")
    targets = soft_targets(two, votes.counts(two), share, smoothing=0.0)
    np.testing.assert_allclose(targets[0], [1 - share + share * 0.75, share * 0.25])
    np.testing.assert_allclose(targets[1], [1, 0])


@pytest.mark.parametrize(("least", "kept"), [(0, 3), (4, 2), (5, 1), (7, 0)])
def test_votes_count_where_enough_taggers_agree(least, kept):
    counts = np.array([[3, 3], [4, 3], [1, 6]], np.float32)
    agreed = agreed_votes(counts, least)
    assert agreed.any(axis=1).sum() == kept
    np.testing.assert_array_equal(agreed[3 - kept :], counts[3 - kept :])


def test_no_votes_stay_none():
    assert agreed_votes(np.zeros((0, 2), np.float32), 6).shape == (0, 2)


def test_smoothing():
    targets = soft_targets(faces("a.png"), None, 0.4, smoothing=0.1)
    np.testing.assert_allclose(targets, [[0.95, 0.05]], rtol=1e-6)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("b.png,x,0,0,0,0,0,0,0,0,0,0,0,0", "neutral: expected a number of votes, got 'x'"),
        ("b.png,1,0,0,0,-6,0,0,0,0,0,0,0,0", "anger: .*'-6'"),
        ("b.png,1,0,0,0,nan,0,0,0,0,0,0,0,0", "anger: .*'nan'"),
        ("b.png,1,0,0,0,0,0,0,0,0,many,0,0,0", "not_a_face: .*'many'"),
        ("b.png,1,2", "surprise: .*''"),
        ("b" * 200_000, "field larger"),
    ],
)
def test_a_broken_row_is_named(tmp_path, row, message):
    path = written(tmp_path, "a.png,1,2,0,0,6,0,0,1,0,0,0,0,0", row)
    with pytest.raises(DatasetError, match=rf"index\.csv, line 3: broken row \({message}"):
        Votes(path)


@pytest.mark.parametrize("content", [b"a,b\n", b""])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match="missing columns"):
        Votes(path)


@pytest.mark.parametrize("name", ["gone.csv", "", "archive.gz"])
def test_what_is_no_file_of_votes_is_refused(tmp_path, name):
    (tmp_path / "archive.gz").write_bytes(b"\x1f\x8b\xff\xfe")
    with pytest.raises(DatasetError, match="no such votes file that can be read"):
        Votes(tmp_path / name)


def test_votes_for_other_pictures_are_refused(votes):
    with pytest.raises(DatasetError, match="none match"):
        votes.counts(faces("elsewhere/a.png"))
