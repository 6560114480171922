"""A job runner on its thread, with a detector that a test holds up, and small files to hand in."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np

from tests.cameras.fakes import FakeDetector, crop
from tests.decoding.processes import shared_decoders
from tests.fakes import CLASSES
from tests.files.videos import SIZE_WH, write_video
from tests.patience import PATIENCE_S, wait_until
from webapp.cameras.analysis import FaceModels
from webapp.config import Settings
from webapp.core.faces import Faces
from webapp.core.jobs import JobStatus, Upload
from webapp.serving.expression_rule import expression_rule
from webapp.uploads import runner as runner_module
from webapp.uploads.runner import JobPlan, JobRunner, ReportStatus
from webapp.uploads.tasks import FilePlan

OWNER, STRANGER = 1, 2


class SevenClassifier:
    """Reads everybody as 64 % angry and 6 % of anything else."""

    classes = CLASSES
    uncertain_below = 0.4
    calm = np.zeros(7)

    def classify(self, crops: np.ndarray) -> np.ndarray:
        row = [0.64, *[0.06] * 6]
        return np.tile(np.array(row, np.float32), (len(crops), 1))


class GatedDetector(FakeDetector):
    """Finds a face in pictures at once, and in those of a video as often as a test allows."""

    def __init__(self) -> None:
        super().__init__(1)
        self.is_open = threading.Event()
        self.permits = threading.Semaphore(0)
        self.is_asked = threading.Event()

    def detect(self, image_bgr: np.ndarray, width_px: int | None = None) -> Faces:
        self.is_asked.set()
        is_video = image_bgr.shape[1::-1] == SIZE_WH
        while is_video and not self.is_open.is_set() and not self.permits.acquire(timeout=0.05):
            pass
        return super().detect(image_bgr, width_px)


@dataclass
class RunningJobs:
    """A runner, the detector that holds it up, and what it reported to whom."""

    runner: JobRunner
    detector: GatedDetector
    thread: threading.Thread
    reports: list[tuple[int, JobStatus]]
    stop: threading.Event
    changed: threading.Condition = field(default_factory=threading.Condition)

    def submit(self, data: bytes, name: str = "file", owner: int = OWNER) -> JobStatus:
        return self.runner.submit(owner, Upload(name, iter([data])))

    def wait(self, job_id: str, state: str, owner: int = OWNER) -> JobStatus:
        """Wait until a job is in a state."""
        wait_until(lambda: self.runner.find(owner, job_id).state == state)
        return self.runner.find(owner, job_id)

    def stop_now(self) -> None:
        """Stop, and let a detector that waits go on."""
        self.stop.set()
        self.detector.is_open.set()
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()


@contextmanager
def running_jobs(
    report: ReportStatus | None = None, *, is_open: bool = True, **changes: Any
) -> Iterator:
    """Run jobs until the block ends; `changes` are those of `job_plan`."""
    detector, reports, stop = GatedDetector(), [], threading.Event()

    def note(owner: int, status: JobStatus) -> None:
        reports.append((owner, status))
        if report:
            report(owner, status)

    plan = job_plan(lambda: FaceModels(detector, crop, SevenClassifier(), ("angry", "fear")), note)
    runner = JobRunner(_changed(plan, changes), stop)
    thread = threading.Thread(target=runner.run, name="analyse")
    running = RunningJobs(runner, detector, thread, reports, stop)
    if is_open:
        detector.is_open.set()
    # So long a runner that has nothing to do takes to see that it is to stop.
    with patch.object(runner_module, "WAIT_INTERVAL_S", 0.05):
        thread.start()
        try:
            yield running
        finally:
            running.stop_now()


def job_plan(load_models: Callable[[], FaceModels], report: ReportStatus) -> JobPlan:
    """Return small limits."""
    rule = expression_rule(Settings(alert_hold_s=1))
    file = FilePlan(max_bytes=1_000_000, max_s=60.0, rule=lambda: rule)
    return JobPlan(
        load_models,
        shared_decoders(),
        file,
        most_at_once=3,
        most_per_owner=3,
        keep=timedelta(minutes=10),
        report_status=report,
    )


def _changed(plan: JobPlan, changes: dict[str, Any]) -> JobPlan:
    of_file = {name: value for name, value in changes.items() if hasattr(plan.file, name)}
    of_plan = {name: value for name, value in changes.items() if name not in of_file}
    return replace(plan, file=replace(plan.file, **of_file), **of_plan)


def picture_file(width: int = 200, height: int = 100) -> bytes:
    """Return a JPEG."""
    return cv2.imencode(".jpg", np.full((height, width, 3), 90, np.uint8))[1].tobytes()


def video_file(folder: Path, frames: int = 30) -> bytes:
    """Return an AVI of ten pictures a second."""
    return write_video(folder / "made.avi", frames=frames).read_bytes()


def open_memory_files() -> int:
    """Count the anonymous files that this process holds."""
    paths = (os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
    return sum("memfd:evenkeel" in _link_target(path) for path in paths)


def _link_target(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        # Closed by another thread meanwhile.
        return ""
