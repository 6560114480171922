"""The serving runtime on a clip, measured: rates, latency, CPU."""

import os
import resource
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from webapp.bus.viewers import View
from webapp.cameras.camera import CameraPipeline
from webapp.cameras.runtime import Runtime
from webapp.config import Settings
from webapp.core.camera_list import CameraSource
from webapp.core.errors import SourceError
from webapp.serving.assembly import build_runtime

CAMERA = "benchmark"
READY_WITHIN_S = 120.0
WARM_UP_S = 3.0


@dataclass
class _Seen:
    """What was seen on the way through: faces per analysed frame, pictures per viewer."""

    faces: list[int] = field(default_factory=list)
    pictures: int = 0


def benchmark(settings: Settings, source: str, seconds: float) -> dict[str, Any]:
    """Play a clip in real time through the serving runtime, with one stream consumer.

    Returns:
        The figures of the `benchmark` contract. `analysis_fps` counts frames all of whose faces
        went through the network in that frame; `cpu_cores` is user + system time of the process
        and its children over wall time.

    Raises:
        SourceError: the clip gives no analysed frame.
    """
    settings = replace(settings, cameras=(CameraSource(CAMERA, source),))
    runtime = build_runtime(settings, publish=lambda message: None)
    runtime.start()
    try:
        pipeline = runtime.camera_set.find(CAMERA)
        deadline_s = time.monotonic() + READY_WITHIN_S
        while pipeline.analysed.wait_newer(0, timeout_s=0.5) is None:
            reason = pipeline.status().reason
            if reason or time.monotonic() > deadline_s:
                raise SourceError(f"no frame was analysed: {reason or 'nothing came in time'}")
        return _measure(runtime, seconds)
    finally:
        runtime.stop()


def _measure(runtime: Runtime, seconds: float) -> dict[str, Any]:
    pipeline, seen, stop = runtime.camera_set.find(CAMERA), _Seen(), threading.Event()
    watchers = [
        threading.Thread(target=_watch_stream, args=(runtime.stream(CAMERA), seen, stop)),
        threading.Thread(target=_watch_analysed, args=(pipeline, seen, stop)),
    ]
    for watcher in watchers:
        watcher.start()
    try:
        time.sleep(WARM_UP_S)
        pipeline.analysis.durations.clear()
        pipeline.stream.durations.clear()
        seen.faces.clear()
        seen.pictures = 0
        wall_s, cpu_s = time.monotonic(), _cpu_s()
        time.sleep(seconds)
        wall_s, cpu_s = time.monotonic() - wall_s, _cpu_s() - cpu_s
        return _figures(pipeline, seen, wall_s, cpu_s)
    finally:
        stop.set()
        runtime.request_stop()
        for watcher in watchers:
            watcher.join()


def _watch_stream(pictures: View, seen: _Seen, stop: threading.Event) -> None:
    with closing(pictures):
        for _ in pictures:
            seen.pictures += 1
            if stop.is_set():
                return


def _watch_analysed(pipeline: CameraPipeline, seen: _Seen, stop: threading.Event) -> None:
    version = 0
    while not stop.is_set():
        newest = pipeline.analysed.wait_newer(version, timeout_s=0.5)
        if newest:
            version = newest.version
            seen.faces.append(len(newest.value.faces))


def _figures(pipeline: CameraPipeline, seen: _Seen, wall_s: float, cpu_s: float) -> dict[str, Any]:
    latency_ms = 1000.0 * np.array(pipeline.stream.durations.of("latency") or [np.nan])
    stages_ms = pipeline.analysis.durations.means_ms() | pipeline.stream.durations.means_ms()
    stages_ms.pop("latency", None)
    faces, counts = np.unique(seen.faces, return_counts=True)
    analysed = pipeline.analysis.durations.count("classify")
    return {
        "analysis_fps": round(analysed / wall_s, 2),
        "detections_fps": round(pipeline.analysis.durations.count("detect") / wall_s, 2),
        "stream_fps": round(seen.pictures / wall_s, 2),
        "latency_ms_p50": round(float(np.percentile(latency_ms, 50)), 1),
        "latency_ms_p95": round(float(np.percentile(latency_ms, 95)), 1),
        "cpu_cores": round(cpu_s / wall_s, 3),
        "faces_mean": round(float(np.mean(seen.faces)), 3) if seen.faces else 0.0,
        "faces_share": {
            int(n): round(c / len(seen.faces), 3) for n, c in zip(faces, counts, strict=True)
        },
        "frames": analysed,
        "stages_ms": {stage: round(mean, 2) for stage, mean in stages_ms.items()},
        "cpu_count": os.cpu_count(),
    }


def _cpu_s() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
