import pytest

from webapp.core.answers import ANSWER_WORDS, Answer, AnswerCounts


def test_every_answer_has_words():
    assert ANSWER_WORDS.keys() == set(Answer)


@pytest.mark.parametrize(
    ("counts", "judged", "interval"),
    [
        (AnswerCounts(), 0, None),
        (AnswerCounts(cannot_tell=5), 0, None),
        (AnswerCounts(was=15, was_not=9, cannot_tell=4), 24, (43, 79)),
        (AnswerCounts(was_not=3) + AnswerCounts(was_not=1, cannot_tell=1), 4, (0, 49)),
    ],
)
def test_how_often_alerts_were_right(counts, judged, interval):
    assert (counts.judged, counts.interval_percent) == (judged, interval)
