"""Damaged files as strangers hand them in on /analyse: each is read or refused, in time.

python -m tests.fuzz_uploads [--cases 5000] [--seed 1]

The pictures and videos of the other two runs, damaged alike, go the whole way of an upload: known
by their beginning, held in anonymous memory, decoded in a process of their own, read a step at a
time, and written as JSON.
"""

import json
import tempfile
from contextlib import closing
from functools import partial
from pathlib import Path

from tests.damaged_files import Figures, damaged, main, run_cases
from tests.files.test_video_summary import RULE
from tests.files.videos import load_models
from tests.fuzz_pictures import files as picture_files
from tests.fuzz_videos import files as video_files
from webapp.bus.json_codec import to_json
from webapp.bus.memory_file import MemoryFile
from webapp.core.errors import EvenkeelError
from webapp.decoding.decoders import DecoderLimits, Decoders
from webapp.uploads.file_kinds import HEAD_BYTES, kind_of
from webapp.uploads.tasks import TASKS, FilePlan

CASES = 5000
PLAN = FilePlan(max_bytes=10_000_000, max_s=20.0, rule=lambda: RULE)
MAX_PIXELS = 1_000_000


def fuzz(cases: int, seed: int) -> Figures:
    """Hand damaged files in; the figures of `run_cases`."""
    with tempfile.TemporaryDirectory() as folder:
        files = picture_files() + 3 * video_files(Path(folder))
    with closing(Decoders(DecoderLimits(MAX_PIXELS))) as decoders:
        # The process that the others are forked from holds descriptors of its own.
        decoders.start().close()
        hand_in = partial(_hand_in, decoders)
        return run_cases(hand_in, EvenkeelError, damaged(files, cases, seed))


def _hand_in(decoders: Decoders, data: bytes, number: int) -> None:
    with MemoryFile() as source, closing(decoders.start()) as decoder:
        source.write(data)
        work = TASKS[kind_of(source.read_at(0, HEAD_BYTES))](source, f"case {number}", PLAN)
        for progress in work.steps(load_models(), decoder):
            assert progress.share is None or 0 <= progress.share <= 1
        assert work.result
        json.dumps(to_json(work.result.as_message()), allow_nan=False)
        work.result.close()


if __name__ == "__main__":
    main(__doc__, fuzz, CASES)
