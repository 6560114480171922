"""Damaged videos, by the thousand: each is read or refused, in time.

python -m tests.fuzz_videos [--cases 5000] [--seed 1]

Small videos of several formats are cut, flipped, spliced and given false lengths. Whatever decodes
goes on to records, summary and timeline. A crash or a case over its time limit ends the process
with a trace; an error that is no refusal ends it with the number of its case.
"""

import argparse
import faulthandler
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np

from tests.fuzz_pictures import DAMAGES
from tests.reading.test_video_summary import RULE
from tests.reading.videos import build_reader, write_changing_size, write_video
from webapp.core.errors import SourceError
from webapp.core.rates import Durations
from webapp.pipeline.analysis import FrameAnalyser
from webapp.reading.video_records import FrameReading
from webapp.reading.video_source import VideoFile
from webapp.reading.video_summary import VideoSummary
from webapp.vision.backends import silenced_stderr

CASES = 5000
CASE_LIMIT_S = 20.0
# A damaged header may promise any number; what is read beyond tells nothing new.
MOST_FRAMES = 200
FORMATS = (("a.avi", "MJPG"), ("b.mp4", "mp4v"), ("c.mp4", "vp09"), ("d.webm", "VP80"))


def main() -> None:
    """Run and print what became of the cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    figures = fuzz(options.cases, options.seed)
    print(json.dumps(figures), flush=True)
    sys.exit(figures["left_open"] > 0)


def fuzz(cases: int, seed: int) -> dict[str, int | float]:
    """Read damaged videos.

    Returns:
        {cases, read, refused, slowest_s, left_open (file descriptors)}.
    """
    outcomes: Counter[str] = Counter()
    slowest_s, descriptors = 0.0, len(os.listdir("/proc/self/fd"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "case")
        for number, data in enumerate(_damaged(_files(Path(folder)), cases, seed)):
            path.write_bytes(data)
            started_at_s = time.monotonic()
            outcomes[_outcome(path, number)] += 1
            slowest_s = max(slowest_s, time.monotonic() - started_at_s)
    return {
        "cases": outcomes.total(),
        "read": outcomes["read"],
        "refused": outcomes["refused"],
        "slowest_s": round(slowest_s, 2),
        "left_open": len(os.listdir("/proc/self/fd")) - descriptors,
    }


def _outcome(path: Path, number: int) -> str:
    # What hangs in C listens to no exception: the process ends with a trace.
    faulthandler.dump_traceback_later(CASE_LIMIT_S, exit=True, file=sys.__stderr__)
    try:
        _read(path)
        return "read"
    except SourceError as error:
        assert str(error).startswith(str(path)) and "\n" not in str(error)
        return "refused"
    except BaseException as error:
        error.add_note(f"case {number}")
        raise
    finally:
        faulthandler.cancel_dump_traceback_later()


def _read(path: Path) -> None:
    reader = build_reader()
    analyser = FrameAnalyser("", reader, Durations(keep=1))
    summary = VideoSummary(reader.classifier.classes, RULE)
    with closing(VideoFile(path)) as video:
        last_s = -1.0
        for frame in islice(video.frames(), MOST_FRAMES):
            assert frame.image_bgr.dtype == np.uint8 and frame.image_bgr.shape[2] == 3
            assert last_s < frame.captured_at_s < 1e9
            last_s = frame.captured_at_s
            reading = FrameReading("case", frame, analyser.step(frame))
            json.dumps(reading.record(), allow_nan=False)
            summary.step(reading.snapshot)
        summary.close(1 / video.rate_fps)
        assert summary.lines() and len(summary.course.points())


def _files(folder: Path) -> list[bytes]:
    # OpenCV remarks, unasked, that WebM knows no codec by number.
    with silenced_stderr():
        videos = [write_video(folder / name, codec, frames=12) for name, codec in FORMATS]
    return [path.read_bytes() for path in (*videos, write_changing_size(folder / "e.mjpeg"))]


def _damaged(files: list[bytes], cases: int, seed: int) -> Iterator[bytes]:
    random = np.random.default_rng(seed)
    for number in range(cases):
        data = bytearray(files[number % len(files)])
        for _ in range(random.integers(1, 4)):
            data = DAMAGES[random.integers(len(DAMAGES))](data, random, files)
        yield bytes(data)


if __name__ == "__main__":
    main()
