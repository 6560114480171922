import numpy as np
import pytest

from webapp.core.crew import People
from webapp.core.evidence import NO_EVIDENCE, Evidence
from webapp.core.quality import Quality

CLASSES = ("angry", "neutral")
WATCHED = ("angry",)
SEEN = Evidence(2, 4, 0.583, 64.4, 0.42, 12.3)


def people(angry: list[float], quality: Quality | None = None) -> People:
    rows = np.array([[p, 1 - p] for p in angry]).reshape(-1, 2)
    return People(rows, 0 * rows, CLASSES, quality or Quality.unknown(len(angry)))


@pytest.mark.parametrize(
    ("angry", "expected"),
    [
        ([], (0, 0, 0.0)),
        ([0.2, 0.3], (0, 2, 0.0)),
        ([0.4, 0.1, 0.8], (2, 3, 0.6)),
    ],
)
def test_it_counts_who_has_risen_and_how_far(angry, expected):
    evidence = Evidence.of(people(angry), WATCHED, len(angry))
    assert (evidence.people, evidence.in_view, evidence.rise) == pytest.approx(expected)


def test_it_says_how_well_those_who_have_risen_were_seen():
    quality = Quality(
        np.array([40.0, 60.0, 20.0]), np.array([0.5, 0.2, 0.1]), np.array([10.0, np.nan, 50.0])
    )
    evidence = Evidence.of(people([0.9, 0.9, 0.0], quality), WATCHED, 3)
    assert (evidence.face_px, evidence.sharpness, evidence.turn_deg) == (50.0, 0.2, 10.0)


@pytest.mark.parametrize(
    ("evidence", "lasted_s", "words"),
    [
        (NO_EVIDENCE, 21.0, ""),
        (
            SEEN,
            21.4,
            "2 of 4 people, 58 % of the way from their rest, for 21 s; "
            "faces 64 px high, turned by 12°, sharp",
        ),
        (
            Evidence(1, 1, 0.6, 30.0, 0.1),
            None,
            "1 of 1 person, 60 % of the way from their rest; face 30 px high, blurred",
        ),
        (Evidence(1, 2, 1.0), 90.0, "1 of 2 people, 100 % of the way from their rest, for 1 min"),
    ],
)
def test_the_words_claim_no_more_than_is_known(evidence, lasted_s, words):
    assert evidence.words(lasted_s) == words
