"""A room full of browsers' cameras in a whole server: what each is worth, and what all cost.

python -m benchmarks.rooms [--clip FILE] [--participants 5 25 50] [--fps 5] [--seconds 20]

Each participant sends a person of the clip at 640x360, as the page does: the next picture when the
last has arrived. One of them appears and disappears, which times the way from a participant's
camera to the manager's count.
"""

import argparse
import json
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import requests
import simple_websocket

from benchmarks.clips import table
from benchmarks.endurance import sizes
from tests.gunicorn_server import CSRF_FIELD, GunicornServer, SocketClient
from tests.server_processes import processes, web_process
from webapp.config import Settings
from webapp.demo import CLIP
from webapp.vision.detector import build_detector

PICTURE_WH = (640, 360)
# As a person sits in front of a webcam.
FACE_SHARE = 0.36
WARM_UP_S, TOGGLE_S = 6.0, 1.5
CLOCK_TICKS_PER_S = 100


class Sender:
    """One participant, in a thread of its own."""

    def __init__(self, link: str, picture: bytes, fps: float) -> None:
        self.picture, self.readings = picture, 0
        self._interval_s = 1.0 / fps
        self._socket = simple_websocket.Client(f"{link.replace('http', 'ws', 1)}/pictures")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave the room."""
        self._stop.set()
        self._thread.join(10)
        self._socket.close()

    def _run(self) -> None:
        with suppress(simple_websocket.ConnectionClosed):
            self._send_until_stopped()

    def _send_until_stopped(self) -> None:
        while not self._stop.is_set():
            began_s = time.monotonic()
            self._socket.send(self.picture)
            pace_s = self._answered()
            due_s = began_s + max(self._interval_s, pace_s)
            self._stop.wait(max(0.0, due_s - time.monotonic()))

    def _answered(self) -> float:
        """Take what comes until the picture is answered; returns the pace asked for in seconds."""
        while not self._stop.is_set():
            text = self._socket.receive(timeout=1.0)
            said = json.loads(text) if text else {}
            self.readings += said.get("kind") == "read"
            if "pace_ms" in said:
                return float(said["pace_ms"]) / 1000
        return 0.0


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, default=CLIP)
    parser.add_argument("--participants", type=int, nargs="+", default=[5, 25, 50])
    parser.add_argument("--fps", type=float, default=5.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    people = portraits(options.clip)
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            measure(people, Path(folder) / str(count), count, options.fps, options.seconds)
            for count in options.participants
        ]
    print(table(rows))


def portraits(clip: Path) -> list[bytes]:
    """Return JPEG pictures of the clip's people, each as in front of a webcam."""
    detector = build_detector(None, Settings.detect_width, Settings.min_face_px)
    capture, found = cv2.VideoCapture(str(clip)), []
    for _ in range(10):
        image = capture.read()[1]
        found += [_portrait(image, box) for box in detector.detect(image).boxes_xyxy]
    # Those whose neighbours are not in the picture, if there are any.
    alone = [each for each in found if len(detector.detect(_decoded(each))) == 1]
    return alone or found


def _portrait(image: np.ndarray, box_xyxy: np.ndarray) -> bytes:
    x0, y0, x1, y1 = box_xyxy
    height = (y1 - y0) / FACE_SHARE
    width = height * PICTURE_WH[0] / PICTURE_WH[1]
    size_wh = round(float(width)), round(float(height))
    centre = float(x0 + x1) / 2, float(y0 + y1) / 2
    padded = cv2.copyMakeBorder(image, *4 * [max(size_wh)], cv2.BORDER_REPLICATE)
    centre = centre[0] + max(size_wh), centre[1] + max(size_wh)
    cut = cv2.getRectSubPix(padded, size_wh, centre)
    return _jpeg(cv2.resize(cut, PICTURE_WH))


def _decoded(jpeg: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def _jpeg(image: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 70])[1].tobytes()


def measure(
    people: Sequence[bytes], folder: Path, count: int, fps: float, seconds: float
) -> dict[str, Any]:
    """Fill a room; returns a row."""
    folder.mkdir()
    server = GunicornServer(folder, {"CAMERAS": f"class=browser {count}"}).start()
    try:
        server.wait_until_ready()
        session = server.sign_in()
        manager, link = server.connect(session), _link(server, session)
        senders = [Sender(link, people[k % len(people)], fps) for k in range(count)]
        time.sleep(WARM_UP_S)
        began_s, cpu_s = time.monotonic(), _cpu_s(server)
        before = [sender.readings for sender in senders]
        delays_s = _delays_s(senders[0], manager, seconds)
        wall_s = time.monotonic() - began_s
        cores = (_cpu_s(server) - cpu_s) / wall_s
        held = sizes(server)
        rates = [(s.readings - b) / wall_s for s, b in zip(senders, before, strict=True)]
        faces = [event["faces"] for _, name, event in manager.events if name == "counts"]
        for sender in senders:
            sender.close()
        manager.close()
    finally:
        server.kill()
    in_cameras = sum(size.memory_mib for name, size in held.items() if name.startswith("cameras"))
    return {
        "participants": count,
        "faces counted": int(np.median(faces[len(faces) // 2 :])),
        f"readings a second of {fps:g}, least": f"{min(rates):.1f}",
        "mean": f"{sum(rates) / len(rates):.1f}",
        "camera to count, ms (median)": f"{1000 * np.median(delays_s):.0f}",
        "95th percentile": f"{1000 * np.percentile(delays_s, 95):.0f}",
        "cores": f"{cores:.2f}",
        "web, MiB": f"{held['web'].memory_mib:.0f}",
        "camera processes, MiB": f"{in_cameras:.0f}",
    }


def _delays_s(probe: Sender, manager: SocketClient, seconds: float) -> list[float]:
    """Let one participant come and go; returns how long the manager's count took each time."""
    person = probe.picture
    nobody = _jpeg(np.full((*PICTURE_WH[::-1], 3), 90, np.uint8))
    delays_s, until_s = [], time.monotonic() + seconds
    while time.monotonic() < until_s:
        seen, faces, comes = len(manager.events), _faces(manager), probe.picture == nobody
        probe.picture = person if comes else nobody
        changed_s = time.monotonic()
        time.sleep(TOGGLE_S)
        counts = [(at, e["faces"]) for at, name, e in manager.events[seen:] if name == "counts"]
        changes = [at for at, now in counts if (now > faces if comes else now < faces)]
        delays_s += [changes[0] - changed_s] if changes else []
    probe.picture = person
    return delays_s


def _faces(manager: SocketClient) -> int:
    return next(e["faces"] for _, name, e in reversed(manager.events) if name == "counts")


def _link(server: GunicornServer, session: requests.Session) -> str:
    page = f"{server.url}/admin/cameras/class/edit"
    token = CSRF_FIELD.search(session.get(page, timeout=10).text)
    assert token
    form = {"csrf_token": token[1], "watched_by": "the benchmark", "hours": "1"}
    text = session.post(f"{server.url}/admin/cameras/class/links", data=form, timeout=10).text
    begin = text.index(f"{server.url}/join/")
    return text[begin : text.index('"', begin)]


def _cpu_s(server: GunicornServer) -> float:
    """Return the CPU time of web and camera processes so far, in seconds."""
    ids = [web_process(server), *processes(server, "camera_process")]
    return sum(_cpu_of_s(process_id) for process_id in ids)


def _cpu_of_s(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS_PER_S


if __name__ == "__main__":
    main()
