import itertools

from webapp.core.privacy import Privacy, least


def test_what_shows_the_least_counts_in_whatever_order():
    for first, second in itertools.product(Privacy, repeat=2):
        assert least(first, second) == least(second, first)
    assert least(Privacy.LABELS, Privacy.BLUR) == Privacy.BLUR
    assert least(Privacy.BLUR, Privacy.COUNTS, Privacy.LABELS) == Privacy.COUNTS
