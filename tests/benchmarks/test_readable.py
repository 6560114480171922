import numpy as np

from benchmarks.readable import Readings, by_bin, by_readable
from benchmarks.shown_faces import Disturbance
from webapp.core.quality import Quality, sharpness


def readings(heights_px: list[float], read: list[int]) -> Readings:
    count = len(read)
    unknown = Quality.unknown(count)
    quality = Quality(np.array(heights_px), unknown.sharpness, unknown.turns_deg)
    rows = np.arange(count)
    return Readings(rows * 0, np.array(read), rows >= 0, rows > 0, quality, rows % 2 == 1)


def test_halves_are_counted_apart_by_bin_and_by_whether_they_are_readable():
    seen = readings([10.0, 10.0, 50.0, 50.0, 50.0], [1, 0, 0, 0, 1])
    low, high = by_bin(seen, seen.quality.heights_px, (0, 20, 100))
    assert (low["n, chosen by"], low["right, chosen by"]) == (1, "0.0%")
    assert (high["n, set aside"], high["right, chosen by"]) == (1, "50.0%")
    readable, others = by_readable(seen)
    assert (readable["n, chosen by"], others["n, set aside"]) == (2, 1)


def test_defocus_and_motion_blur():
    rng = np.random.default_rng(0)
    coarse = rng.uniform(0, 255, (16, 16)).repeat(3, axis=0).repeat(3, axis=1).astype(np.float32)
    shown = [
        Disturbance(48, defocus=defocus, motion=motion).disturb(coarse, 1)[..., 0]
        for defocus, motion in ((0, 0), (0.05, 0), (0, 0.25))
    ]
    clear, defocused, moved = sharpness(np.stack(shown))
    assert clear > 2 * defocused and clear > 2 * moved
