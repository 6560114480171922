from tests.damaged_files import CASE_LIMIT_S
from tests.fuzz_videos import fuzz


def test_damaged_videos_are_read_or_refused_in_time():
    figures = fuzz(cases=100, seed=7)
    assert figures["read"] + figures["refused"] == figures["cases"] == 100
    assert figures["read"] >= 10 and figures["refused"] >= 10
    assert figures["slowest_s"] < CASE_LIMIT_S
    assert figures["left_open"] <= 0, "fewer: what an earlier test held ended meanwhile"
