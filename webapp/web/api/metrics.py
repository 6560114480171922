"""The state of the server as Prometheus' metrics.

Nothing is said of people, neither how many there are nor what is read off them: what Prometheus
keeps knows no group floor, no purpose and no retention of ours. Addresses, users and reasons are
left out as well.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from webapp import __version__
from webapp.core.alert_rules import RuleKind
from webapp.core.camera_state import CameraState
from webapp.core.camera_status import CameraStatus
from webapp.core.delays import DELAY_BOUNDS_S, Delays
from webapp.core.process_report import Outcome, ProcessReport, ProcessStatus
from webapp.web.server_state import ServerState

OneNumberEach = tuple[
    type[GaugeMetricFamily] | type[CounterMetricFamily], str, str, Callable[[CameraStatus], float]
]
ONE_NUMBER_EACH: tuple[OneNumberEach, ...] = (
    (
        GaugeMetricFamily,
        "evenkeel_camera_state_since_timestamp_seconds",
        "Since when it is in its state.",
        lambda camera: camera.since.timestamp(),
    ),
    (
        GaugeMetricFamily,
        "evenkeel_camera_viewers",
        "Who watches it.",
        lambda camera: camera.viewers,
    ),
    (
        GaugeMetricFamily,
        "evenkeel_camera_reduced",
        "Whether viewers see coarser pictures, for want of time.",
        lambda camera: camera.is_reduced,
    ),
    (
        CounterMetricFamily,
        "evenkeel_camera_skipped_frames",
        "Captured and never analysed.",
        lambda camera: camera.skipped_frames,
    ),
    (
        CounterMetricFamily,
        "evenkeel_camera_reconnects",
        "How often it came back after it had failed.",
        lambda camera: camera.reconnects,
    ),
)


class StateCollector(Collector):
    """Turns one state into metrics."""

    def __init__(self, state: ServerState) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield from _server(self._state)
        yield from _processes(self._state.processes)
        yield from _records(self._state)
        yield from _cameras(self._state)
        yield from _delays(self._state.cameras)


def _server(state: ServerState) -> Iterator[Metric]:
    version = GaugeMetricFamily("evenkeel_version", "Which release it is.", labels=["version"])
    version.add_metric([__version__], 1)
    yield version
    ready = GaugeMetricFamily("evenkeel_ready", "Whether a part works.", labels=["part"])
    for part, works in state.readiness.parts.items():
        ready.add_metric([part], works)
    yield ready
    yield GaugeMetricFamily(
        "evenkeel_open_connections", "Streams and sockets that are open.", state.connections
    )
    if state.disk:
        said = "Of the disk that holds the instance folder."
        yield GaugeMetricFamily("evenkeel_disk_bytes", said, state.disk.total_bytes)
        yield GaugeMetricFamily("evenkeel_disk_free_bytes", said, state.disk.free_bytes)


def _processes(processes: Sequence[ProcessStatus]) -> Iterator[Metric]:
    up = GaugeMetricFamily("evenkeel_process_up", "Whether it answers.", labels=["process"])
    restarts = CounterMetricFamily(
        "evenkeel_process_restarts", "How often it was started again.", labels=["process"]
    )
    for each in processes:
        up.add_metric([each.name], each.report is not None)
        restarts.add_metric([each.name], each.restarts)
    yield from (up, restarts)
    memory = GaugeMetricFamily(
        "evenkeel_process_memory_bytes", "Memory that it holds.", labels=["process"]
    )
    cpu = CounterMetricFamily(
        "evenkeel_process_cpu_seconds", "Processor time of all its threads.", labels=["process"]
    )
    jobs = GaugeMetricFamily(
        "evenkeel_analysis_jobs", "Files that were handed in and are not read.", labels=["state"]
    )
    for name, report in _reports(processes):
        memory.add_metric([name], report.use.memory_bytes)
        cpu.add_metric([name], report.use.cpu_s)
        if report.jobs:
            jobs.add_metric(["waiting"], report.jobs.waiting)
            jobs.add_metric(["running"], report.jobs.running)
    yield from (memory, cpu, jobs)


def _records(state: ServerState) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "evenkeel_records_waiting", "Records still to be written.", labels=["process", "kind"]
    )
    dropped = CounterMetricFamily(
        "evenkeel_records_dropped", "Records that were given up.", labels=["process", "kind"]
    )
    deliveries = CounterMetricFamily(
        "evenkeel_deliveries", "Tries to deliver a message.", labels=["process", "outcome"]
    )
    for name, report in _reports(state.processes):
        if work := report.records:
            waiting.add_metric([name, "alert_changes"], work.waiting_changes)
            waiting.add_metric([name, "history_rows"], work.waiting_rows)
            dropped.add_metric([name, "history_rows"], work.dropped_rows)
            # Nothing is lost by these: another worker has the camera by now.
            dropped.add_metric([name, "fenced"], work.fenced)
            for outcome in Outcome:
                deliveries.add_metric([name, outcome], work.deliveries.get(outcome, 0))
    web = state.processes[0].name
    waiting.add_metric([web, "audit_entries"], state.waiting_entries)
    dropped.add_metric([web, "audit_entries"], state.dropped_entries)
    yield from (waiting, dropped, deliveries, _fired(state))
    if state.messages:
        said = "Messages of alerts that are not delivered yet."
        yield GaugeMetricFamily("evenkeel_messages_waiting", said, state.messages.count)


def _fired(state: ServerState) -> Metric:
    fired = CounterMetricFamily(
        "evenkeel_alerts_fired", "Alerts that fired.", labels=["camera", "kind"]
    )
    # From 0 on, so that the first counts as one more; a test fires where another process has the
    # camera, too.
    counts = {(camera.name, kind): 0 for camera in state.cameras for kind in RuleKind}
    for _, report in _reports(state.processes):
        for each in report.records.fired if report.records else ():
            if (each.camera, each.kind) in counts:
                counts[each.camera, each.kind] += each.count
    for labels, count in counts.items():
        fired.add_metric(labels, count)
    return fired


def _cameras(state: ServerState) -> Iterator[Metric]:
    cameras = state.cameras
    states = GaugeMetricFamily(
        "evenkeel_camera_state", "1 for the state it is in.", labels=["camera", "state"]
    )
    rates = GaugeMetricFamily(
        "evenkeel_camera_frames_per_second",
        "Frames captured, analysed, and encoded for viewers.",
        labels=["camera", "stage"],
    )
    too_few = GaugeMetricFamily(
        "evenkeel_camera_below_group_floor",
        "Whether nothing is said of it since too few people are in view.",
        labels=["camera"],
    )
    for camera in cameras:
        for one in CameraState:
            states.add_metric([camera.name, one], one == camera.state)
        rates.add_metric([camera.name, "captured"], camera.capture_fps)
        rates.add_metric([camera.name, "analysed"], camera.analysis_fps)
        rates.add_metric([camera.name, "encoded"], camera.stream_fps)
        if camera.disclosure.min_group > 1:
            too_few.add_metric([camera.name], camera.name in state.too_few)
    yield from (states, rates, too_few)
    yield from _each(cameras)


def _each(cameras: Sequence[CameraStatus]) -> Iterator[Metric]:
    for family, name, said, value_of in ONE_NUMBER_EACH:
        metric = family(name, said, labels=["camera"])
        for camera in cameras:
            metric.add_metric([camera.name], value_of(camera))
        yield metric


def _delays(cameras: Sequence[CameraStatus]) -> Iterator[Metric]:
    delays = HistogramMetricFamily(
        "evenkeel_camera_delay_seconds",
        "From capture to the end of the analysis, and of the encoding for viewers.",
        labels=["camera", "stage"],
    )
    for camera in cameras:
        stages = {"analysed": camera.analysis_delays, "encoded": camera.stream_delays}
        for stage, each in stages.items():
            delays.add_metric([camera.name, stage], _buckets(each), each.total_s)
    yield delays


def _buckets(delays: Delays) -> list[tuple[str, float]]:
    counts = delays.counts or (0,) * (len(DELAY_BOUNDS_S) + 1)
    bounds = (*map(str, DELAY_BOUNDS_S), "+Inf")
    return list(zip(bounds, accumulate(counts), strict=True))


def _reports(processes: Sequence[ProcessStatus]) -> Iterator[tuple[str, ProcessReport]]:
    return ((each.name, each.report) for each in processes if each.report)
