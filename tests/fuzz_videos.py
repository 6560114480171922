"""Damaged videos, by the thousand: each is read or refused, in time.

python -m tests.fuzz_videos [--cases 5000] [--seed 1]

Small videos of several formats are cut, flipped, spliced and given false lengths. Whatever decodes
goes on to records, summary and timeline. A crash or a case over its time limit ends the process
with a trace; an error that is no refusal ends it with the number of its case.
"""

import json
import tempfile
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from tests.damaged_files import Figures, damaged, main, run_cases
from tests.files.test_video_summary import RULE
from tests.files.videos import load_models, write_changing_size, write_video
from webapp.cameras.analysis import FrameAnalyser
from webapp.core.errors import SourceError
from webapp.core.rates import Durations
from webapp.files.video_records import VideoFrame
from webapp.files.video_source import VideoFile
from webapp.files.video_summary import VideoSummary
from webapp.vision.backends import silenced_stderr

CASES = 5000
# A damaged header may promise any number; what is read beyond adds nothing new.
MOST_FRAMES = 200
FORMATS = (("a.avi", "MJPG"), ("b.mp4", "mp4v"), ("c.mp4", "vp09"), ("d.webm", "VP80"))


def fuzz(cases: int, seed: int) -> Figures:
    """Read damaged videos; the figures of `run_cases`."""
    with tempfile.TemporaryDirectory() as folder:
        read = partial(_read_case, Path(folder, "case"))
        return run_cases(read, SourceError, damaged(files(Path(folder)), cases, seed))


def _read_case(path: Path, data: bytes, _number: int) -> None:
    path.write_bytes(data)
    try:
        _read(path)
    except SourceError as error:
        assert str(error).startswith(str(path)) and "\n" not in str(error)
        raise


def _read(path: Path) -> None:
    models = load_models()
    analyser = FrameAnalyser(models, Durations(keep=1))
    summary = VideoSummary(models.classifier.classes, RULE)
    with closing(VideoFile.at(path)) as video:
        last_s = -1.0
        for frame in islice(video.frames(), MOST_FRAMES):
            assert frame.image_bgr.dtype == np.uint8 and frame.image_bgr.shape[2] == 3
            assert last_s < frame.captured_at_s < 1e9
            last_s = frame.captured_at_s
            video_frame = VideoFrame("case", analyser.step(frame))
            json.dumps(video_frame.record(), allow_nan=False)
            summary.step(video_frame.analysed)
        summary.close(1 / video.rate_fps)
        assert summary.lines() and len(summary.series.points())


def files(folder: Path) -> list[bytes]:
    """Return whole videos of every format, made in a folder."""
    # OpenCV remarks, unasked, that WebM knows no codec by number.
    with silenced_stderr():
        videos = [write_video(folder / name, codec, frames=12) for name, codec in FORMATS]
    return [path.read_bytes() for path in (*videos, write_changing_size(folder / "e.mjpeg"))]


if __name__ == "__main__":
    main(__doc__, fuzz, CASES)
