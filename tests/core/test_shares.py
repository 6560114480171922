import pytest

from webapp.core.shares import wilson_interval


@pytest.mark.parametrize(
    ("share", "n", "interval"),
    [
        (0.5, 100, (0.4038, 0.5962)),
        (0.625, 24, (0.4271, 0.7884)),
        (0.0, 1, (0.0, 0.7935)),
        (1.0, 1, (0.2065, 1.0)),
    ],
)
def test_wilson_interval_of_known_cases(share, n, interval):
    assert wilson_interval(share, n) == pytest.approx(interval, abs=5e-5)
