"""Many cameras of ten frames a second: readings of each, cores used, and what the parts cost alone.

python -m benchmarks.cameras [--clip FILE] [--cameras 1 4 8 16] [--processes N] [--seconds 20]
"""

import argparse
import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.clips import frames, table
from webapp.cameras.analysis import FrameAnalyser
from webapp.cameras.runtime import Runtime
from webapp.config import Settings
from webapp.core.camera_list import CameraSource
from webapp.core.errors import EvenkeelError, SourceError
from webapp.core.frame import Frame
from webapp.core.rates import Durations
from webapp.demo import CLIP
from webapp.serving.assembly import build_runtime
from webapp.serving.cores import usable_cores
from webapp.serving.models import load_models
from webapp.vision.backends import use_one_core
from webapp.vision.camera import LoopingFile
from webapp.vision.shrink import shrink_to_width

FPS = 10.0
CLIP_S = 30
READY_WITHIN_S = 60.0
WARM_UP_S = 4.0
PARTS = ("decode", "shrink", "detect", "crop", "classify")


@dataclass(frozen=True)
class Measured:
    """What cameras did.

    Attributes:
        readings_s: frames whose faces were read, a second, of each.
        detections_s: frames in which faces were looked for, a second, of each.
        cores: used by all together.
    """

    readings_s: tuple[float, ...]
    detections_s: tuple[float, ...]
    cores: float


def main() -> None:
    """Measure and print two Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, default=CLIP)
    parser.add_argument("--cameras", type=int, nargs="+", default=[1, 4, 8, 16])
    parser.add_argument("--processes", type=int, default=1, help="to spread the cameras over")
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "ten-a-second.mp4"
        write_clip(options.clip, clip)
        try:
            [parts_ms] = in_processes(parts_alone_ms, [(clip,)])
            rows = [
                as_row(measure(clip, count, options.processes, options.seconds), parts_ms)
                for count in options.cameras
            ]
        except EvenkeelError as error:
            raise SystemExit(str(error)) from error
    parts = {part: f"{ms:.1f}" for part, ms in parts_ms.items()}
    print(table([{"CPU ms a frame": "alone", **parts, "sum": f"{sum(parts_ms.values()):.1f}"}]))
    print("\n" + table(rows))


def write_clip(source: Path, target: Path, fps: float = FPS) -> None:
    """Write `CLIP_S` of what a camera of so many frames a second would give of a clip."""
    video = cv2.VideoCapture(str(source))
    every = max(1, round(video.get(cv2.CAP_PROP_FPS) / fps))
    width, height = video.get(cv2.CAP_PROP_FRAME_WIDTH), video.get(cv2.CAP_PROP_FRAME_HEIGHT)
    writer = cv2.VideoWriter(
        str(target), cv2.VideoWriter.fourcc(*"mp4v"), fps, (int(width), int(height))
    )
    for image in islice(frames(source, every), int(CLIP_S * fps)):
        writer.write(image)
    writer.release()


def in_processes(work: Callable[..., Any], arguments: list[tuple[Any, ...]]) -> list[Any]:
    """Call a function once for each arguments, all at a time, each in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(arguments), mp_context=context) as pool:
        return list(pool.map(work, *zip(*arguments, strict=True)))


def measure(clip: Path, camera_count: int, process_count: int, seconds: float) -> Measured:
    """Let cameras play a clip, spread over processes."""
    names = [f"camera-{number}" for number in range(camera_count)]
    shares = [share for k in range(process_count) if (share := names[k::process_count])]
    at_once = max(1, usable_cores() // len(shares))
    parts = in_processes(serve, [(clip, share, at_once, seconds) for share in shares])
    return Measured(
        sum((part.readings_s for part in parts), start=()),
        sum((part.detections_s for part in parts), start=()),
        sum(part.cores for part in parts),
    )


def serve(clip: Path, names: list[str], at_once: int, seconds: float) -> Measured:
    """Run cameras as the server does and count their readings; raises SourceError."""
    sources = tuple(CameraSource(name, str(clip)) for name in names)
    settings = replace(Settings(), cameras=sources)
    runtime = build_runtime(settings, publish=lambda message: None, at_once=at_once)
    runtime.start()
    try:
        _wait_until_analysed(runtime)
        time.sleep(WARM_UP_S)
        wall_s, cpu_s, before = time.monotonic(), time.process_time(), _counts(runtime)
        time.sleep(seconds)
        wall_s, cpu_s = time.monotonic() - wall_s, time.process_time() - cpu_s
        readings_s, detections_s = (_counts(runtime) - before) / wall_s
        return Measured(tuple(readings_s), tuple(detections_s), cpu_s / wall_s)
    finally:
        runtime.stop()


def _wait_until_analysed(runtime: Runtime) -> None:
    deadline_s = time.monotonic() + READY_WITHIN_S
    for pipeline in runtime.camera_set.current():
        while pipeline.analysed.wait_newer(0, timeout_s=0.5) is None:
            if time.monotonic() > deadline_s:
                reason = pipeline.status().reason or "nothing came in time"
                raise SourceError(f"no frame of {pipeline.name} was analysed: {reason}")


def _counts(runtime: Runtime) -> np.ndarray:
    """Return the readings and the detections of each camera so far, (2, cameras)."""
    stages = [pipeline.analysis.durations for pipeline in runtime.camera_set.current()]
    return np.array([[stage.count(part) for stage in stages] for part in ("classify", "detect")])


class Stopwatch:
    """Adds up the CPU seconds that each part takes."""

    def __init__(self) -> None:
        self.spent_s = Counter[str]()

    def timing(self, part: str, step: Callable[..., Any]) -> Callable[..., Any]:
        """Return the same function, whose time counts as this part's."""

        def timed(*arguments: Any) -> Any:
            started_at_s = time.process_time()
            result = step(*arguments)
            self.spent_s[part] += time.process_time() - started_at_s
            return result

        return timed


def parts_alone_ms(clip: Path) -> dict[str, float]:
    """Return the CPU ms a frame that each part takes on one thread, with nothing beside it."""
    use_one_core()
    watch, settings = Stopwatch(), Settings()
    models = load_models(settings)
    detector, classifier = models.detector, models.classifier
    detector.detect = watch.timing("detect", detector.detect)
    classifier.classify = watch.timing("classify", classifier.classify)
    models = replace(models, crop=watch.timing("crop", models.crop))
    read = watch.timing("decode", LoopingFile(clip).read)
    shrink = watch.timing("shrink", shrink_to_width)
    analyser, count = FrameAnalyser(models, Durations()), int(CLIP_S * FPS)
    for number in range(count):
        image_bgr = read()
        shrink(image_bgr, settings.detect_width)
        analyser.step(Frame(image_bgr, number / FPS, number))
    # The detector shrinks each picture, too.
    watch.spent_s["detect"] -= watch.spent_s["shrink"]
    return {part: 1000.0 * watch.spent_s[part] / count for part in PARTS}


def as_row(cameras: Measured, parts_ms: dict[str, float]) -> dict[str, object]:
    """Return a row of the table.

    Args:
        parts_ms: CPU ms of each part with nothing beside it, from `parts_alone_ms`.
    """
    readings_s, detections_s = np.mean(cameras.readings_s), np.mean(cameras.detections_s)
    times_s = {"decode": FPS, "shrink": detections_s, "detect": detections_s}
    alone = sum(times_s.get(part, readings_s) * ms / 1000 for part, ms in parts_ms.items())
    cores_each = cameras.cores / len(cameras.readings_s)
    return {
        "cameras": len(cameras.readings_s),
        "readings a second each, least": f"{min(cameras.readings_s):.1f}",
        "mean": f"{readings_s:.1f}",
        "detections": f"{detections_s:.1f}",
        "cores": f"{cameras.cores:.2f}",
        "cores a camera": f"{cores_each:.3f}",
        "what it did, alone": f"{alone:.3f}",
        "ratio": f"{cores_each / alone:.2f}",
    }


if __name__ == "__main__":
    main()
