"""The command `video` on a clip looped to many minutes: frames a second, memory over time.

python -m benchmarks.long_video --clip FILE [--minutes 30] [--every 1] [--annotate webm]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.clips import frames
from benchmarks.memory import resident_kib_of
from webapp.vision.backends import silence_video

SAMPLE_INTERVAL_S = 0.5
# Memory is printed for as many parts of the run.
PARTS = 10


def main() -> None:
    """Make the video, read it and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--annotate", choices=("mp4", "webm"), help="write the annotated video")
    options = parser.parse_args()
    silence_video()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "long.mp4")
        write_loop(options.clip, source, options.minutes)
        print(json.dumps(measure(source, options), indent=2))


def write_loop(clip: Path, target: Path, minutes: float) -> None:
    """Write a clip over and over until the video lasts some minutes."""
    capture = cv2.VideoCapture(str(clip))
    rate_fps = capture.get(cv2.CAP_PROP_FPS)
    capture.release()
    count = round(minutes * 60 * rate_fps)
    first = next(frames(clip))
    size_wh = first.shape[1], first.shape[0]
    writer = cv2.VideoWriter(str(target), cv2.VideoWriter.fourcc(*"mp4v"), rate_fps, size_wh)
    looped = chain.from_iterable(frames(path) for path in repeat(clip))
    for image in islice(looped, count):
        writer.write(image)
    writer.release()


def measure(source: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return how fast the command was, its resident memory over time and the size of its files."""
    results = _results(source.parent, options.annotate)
    arguments = [part for option, path in results.items() for part in (option, str(path))]
    command = [sys.executable, "-m", "webapp", "video", str(source), *arguments]
    started_at_s = time.monotonic()
    process = subprocess.Popen(
        [*command, "--every", str(options.every)], stdout=subprocess.PIPE, text=True
    )
    resident_mib: list[float] = []
    sampler = threading.Thread(target=_sample, args=(process, resident_mib))
    sampler.start()
    summary, _ = process.communicate()
    sampler.join()
    elapsed_s = time.monotonic() - started_at_s
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(summary, file=sys.stderr)
    analysed = len(json.loads(results["--json"].read_text()))
    return {
        "exit_status": process.returncode,
        "minutes": options.minutes,
        "analysed_frames": analysed,
        "seconds": round(elapsed_s, 1),
        "frames_per_second": round(analysed / elapsed_s, 1),
        "frames_per_cpu_second": round(analysed / (used.ru_utime + used.ru_stime), 1),
        **_memory(resident_mib),
        "files_mib": {
            path.name: round(path.stat().st_size / 2**20, 1) for path in results.values()
        },
    }


def _results(folder: Path, annotate: str | None) -> dict[str, Path]:
    results = {
        "--json": folder / "out.json",
        "--csv": folder / "out.csv",
        "--timeline": folder / "out.png",
    }
    return results | ({"--out": folder / f"out.{annotate}"} if annotate else {})


def _sample(process: subprocess.Popen, resident_mib: list[float]) -> None:
    while process.poll() is None:
        if resident_kib := resident_kib_of(process.pid):
            resident_mib.append(resident_kib / 1024)
        time.sleep(SAMPLE_INTERVAL_S)


def _memory(resident_mib: list[float]) -> dict[str, Any]:
    """Return the peak of each part of the run, and how far the last samples exceed the early ones.

    The first two parts load the model and fill the buffers; the drawing of the timeline, at the
    very end, is in the peak but not in the growth.
    """
    parts = [float(part.max()) for part in np.array_split(resident_mib, PARTS) if len(part)]
    steady = resident_mib[len(resident_mib) * 2 // PARTS : -round(5 / SAMPLE_INTERVAL_S)]
    edge = max(1, len(steady) // 8)
    growth = max(steady[-edge:]) - max(steady[:edge]) if steady else 0.0
    return {
        "peak_mib": round(max(resident_mib), 1),
        "peak_mib_of_each_tenth": [round(part, 1) for part in parts],
        "growth_mib": round(growth, 1),
    }


if __name__ == "__main__":
    main()
