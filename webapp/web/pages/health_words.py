"""What is wrong with the server, and what to do about it, in plain words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from webapp.core.camera_state import CameraState
from webapp.core.camera_status import CameraStatus
from webapp.web.server_state import DiskSpace, ServerState

# Who looks at a picture takes what is older for slow.
LATE_S = 1.0
# A receiver that is slow for once is no news.
MESSAGE_LATE = timedelta(minutes=2)
FULL_SHARE, FULL_BYTES = 0.01, 200_000_000
NEARLY_FULL_SHARE, NEARLY_FULL_BYTES = 0.05, 1_000_000_000
SEE_LOG = "Read the server's log for the reason."
TOO_SLOW = (
    "The machine is short of time: watch fewer cameras or fewer pictures a second of each, "
    "let DETECT_WIDTH be smaller, or give it more cores."
)


class Tone(StrEnum):
    """How bad it is, the worst first."""

    TROUBLE = "trouble"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be."""

    tone: Tone
    text: str
    to_do: str


def findings(state: ServerState, now: datetime) -> list[Finding]:
    """Return what is wrong, the worst first; nothing when all is well."""
    found = [
        *_of_parts(state),
        *_of_processes(state),
        *(each for camera in state.cameras for each in of_camera(camera)),
        *_of_disk(state.disk),
        *_of_records(state, now),
    ]
    order = list(Tone)
    return sorted(found, key=lambda finding: order.index(finding.tone))


def of_camera(camera: CameraStatus) -> Iterator[Finding]:
    """Yield what is wrong with a camera."""
    name, reason = f"“{camera.label}”", camera.reason
    if camera.state == CameraState.OFFLINE:
        text = f"The camera {name} gives no picture" + (f": {reason}" if reason else ".")
        # The reason says what to check, where there is one.
        check = "" if reason else "Check its power, its cable or network, and its address. "
        yield Finding(Tone.TROUBLE, text, f"{check}It is tried again by itself.")
    elif camera.state.has_frames and reason:
        yield Finding(Tone.TROUBLE, f"The camera {name} is not read: {reason}", SEE_LOG)
    elif camera.state.has_frames and camera.analysis_delays.recent_s > LATE_S:
        late_s = camera.analysis_delays.recent_s
        text = f"The camera {name} is read {late_s:.1f} s late."
        yield Finding(Tone.WARNING, text, TOO_SLOW)
    elif camera.is_reduced:
        text = f"Viewers of the camera {name} see smaller and fewer pictures."
        yield Finding(Tone.WARNING, text, TOO_SLOW)


def _of_parts(state: ServerState) -> Iterator[Finding]:
    """Yield what does not work as a whole; cameras are named one by one, where there are any."""
    ready = state.readiness
    for part, works in ready.parts.items():
        if works or (part == "camera" and state.cameras):
            continue
        reason = ready.reasons.get(part, "")
        text = f"{PART_WORDS.get(part, part.capitalize())} does not work. {reason}".rstrip()
        yield Finding(Tone.TROUBLE, text, PART_DEEDS.get(part, SEE_LOG))


PART_WORDS = {
    "camera": "Watching",
    "model": "The model",
    "database": "The database",
    "redis": "The way to the workers",
}
PART_DEEDS = {
    "camera": "Wait half a minute after a start; then read the server's log for the reason.",
    "redis": "Check Redis and REDIS_URL. The workers go on meanwhile, and tell receivers.",
    "database": "What happens is kept in memory meanwhile: all alerts, an hour of history.",
}


def _of_processes(state: ServerState) -> Iterator[Finding]:
    for process in state.processes:
        name = f"The {process.name}"
        if process.report is None:
            text = f"{name} does not answer."
            to_do = "It is started again by itself. If it stays away, read the server's log."
            yield Finding(Tone.TROUBLE, text, to_do)
        elif process.restarts:
            times = "once" if process.restarts == 1 else f"{process.restarts} times"
            text = f"{name} was started again {times} since the server started."
            yield Finding(Tone.WARNING, text, SEE_LOG)


def _of_disk(disk: DiskSpace | None) -> Iterator[Finding]:
    if disk is None:
        return
    free, share = disk.free_bytes, disk.free_bytes / disk.total_bytes
    text = f"The disk has {size_text(free)} left, {share:.0%} of it."
    to_do = "Make room, or keep less: RETENTION_DAYS."
    if free < FULL_BYTES or (share < FULL_SHARE and free < NEARLY_FULL_BYTES):
        yield Finding(Tone.TROUBLE, text, to_do)
    elif free < NEARLY_FULL_BYTES or (share < NEARLY_FULL_SHARE and free < 10 * NEARLY_FULL_BYTES):
        yield Finding(Tone.WARNING, text, to_do)


def _of_records(state: ServerState, now: datetime) -> Iterator[Finding]:
    messages = state.messages
    if messages and messages.oldest_at and now - messages.oldest_at > MESSAGE_LATE:
        waits = "1 message waits" if messages.count == 1 else f"{messages.count} messages wait"
        to_do = "Look on the page of receivers who does not answer, and try that receiver there."
        yield Finding(Tone.TROUBLE, f"{waits} to be delivered for more than two minutes.", to_do)
    given_up = {"of history": state.dropped_rows, "of the audit log": state.dropped_entries}
    for what, count in given_up.items():
        if count:
            rows = "1 row" if count == 1 else f"{count} rows"
            text = f"{rows} {what} could not be written in time and was given up since the start."
            to_do = "It is gone for good. Keep database and disk reachable."
            yield Finding(Tone.WARNING, text, to_do)


def size_text(size_bytes: int) -> str:
    """Return a size as file managers show it, such as 1.5 GB."""
    if size_bytes < 1_000_000_000:
        return f"{size_bytes / 1_000_000:.0f} MB"
    return f"{size_bytes / 1_000_000_000:.1f} GB"
