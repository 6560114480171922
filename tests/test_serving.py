"""A real gunicorn process, from sign-in to SIGTERM."""

import base64
import itertools
import json
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
import requests
import socketio
import urllib3

from tests.gunicorn_server import CSRF_FIELD, GunicornServer, SocketClient, free_port
from tests.mjpeg_camera import MjpegCamera
from tests.patience import PATIENCE_S, wait_until
from tests.picture_traces import Traces, mark_of
from tests.server_processes import all_processes
from webapp.demo import CLIP
from webapp.storage.database import BUSY_TIMEOUT_MS
from webapp.web.live.connections import CHECK_INTERVAL_S

# Less than gunicorn would wait for those who are connected.
AT_ONCE_S, IN_VAIN_S = 20.0, 30


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[GunicornServer]:
    """A server on a copy of the demo clip, so that a test may take the clip away."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(CLIP, folder / "clip.mp4")
    (folder / "home").mkdir()
    changes = {"CAMERAS": f"door={folder / 'clip.mp4'}", "MAX_VIEWERS": "2"}
    server = GunicornServer(folder, changes | {"HOME": str(folder / "home")})
    server.start()
    try:
        yield server.wait_until_ready()
    finally:
        server.kill()


@pytest.fixture(scope="module")
def session(server) -> requests.Session:
    return server.sign_in()


def parts(answer: requests.Response) -> Iterator[tuple[int, bytes]]:
    """Yield the declared length and the body of each part of an MJPEG stream."""
    while True:
        headers = {}
        line = answer.raw.readline()
        while line.strip() in (b"", b"--frame"):
            line = answer.raw.readline()
        while line.strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
            line = answer.raw.readline()
        length = int(headers["content-length"])
        yield length, answer.raw.read(length)


def open_stream(server: GunicornServer, session: requests.Session) -> requests.Response:
    answer = session.get(f"{server.url}/stream/door.mjpg", stream=True, timeout=PATIENCE_S)
    answer.raw.decode_content = True
    return answer


def open_stream_when_free(server: GunicornServer, session: requests.Session) -> requests.Response:
    """Open a stream as soon as the viewers of an earlier test have given up their places."""
    answers: list[requests.Response] = []

    def is_open() -> bool:
        answers.append(open_stream(server, session))
        return answers[-1].status_code != 503

    wait_until(is_open, "closed streams keep their places")
    for refused in answers[:-1]:
        refused.close()
    return answers[-1]


def decode(jpeg: bytes) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image


def test_strangers_see_nothing(server):
    for path in ("/stream/door.mjpg", "/snapshot/door.jpg", "/api/cameras", "/api/history"):
        assert requests.get(server.url + path, timeout=PATIENCE_S).status_code == 401
    assert requests.get(server.url + "/healthz", timeout=PATIENCE_S).status_code == 200
    client = socketio.Client(reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(server.url, transports=["websocket"], wait_timeout=PATIENCE_S)


def test_the_stream_moves_and_every_part_states_its_length(server, session):
    with open_stream_when_free(server, session) as answer:
        seen = list(itertools.islice(parts(answer), 5))
    pictures = [decode(body) for length, body in seen if length == len(body)]
    assert len(pictures) == 5
    assert any((pictures[0] != picture).any() for picture in pictures[1:])


def test_a_viewer_too_many_gets_503_and_a_place_is_free_again(server, session):
    first, second = (open_stream_when_free(server, session) for _ in range(2))
    with open_stream(server, session) as third:
        assert third.status_code == 503
        assert "MAX_VIEWERS" in third.text
    first.close()
    second.close()
    with open_stream_when_free(server, session) as again:
        assert again.status_code == 200


def test_no_picture_ever_lies_on_a_disk_or_in_a_dump(server, session):
    """Stream, snapshot, pictures side by side, a picture and a video being read, and an alert."""
    frame = cv2.VideoCapture(str(CLIP)).read()[1]
    handed_in = cv2.imencode(".png", frame)[1].tobytes()
    client = server.connect(session)
    client.show("door")
    small = base64.b64decode(client.wait("picture")["jpeg"])
    token = CSRF_FIELD.search(session.get(f"{server.url}/logout", timeout=PATIENCE_S).text)[1]
    form = {"camera": "door", "csrf_token": token}
    session.post(
        f"{server.url}/first-hour/alert/try", data=form, timeout=PATIENCE_S
    ).raise_for_status()
    with open_stream_when_free(server, session) as answer:
        _, part = next(parts(answer))
        snapshot = session.get(f"{server.url}/snapshot/door.jpg", timeout=PATIENCE_S).content
        read = server.hand_in(session, handed_in, "face.png").json()
        video = server.hand_in(session, CLIP.read_bytes()).json()
        jobs = [f"{server.url}/api/analyse/{job['id']}" for job in (read, video)]
        annotated = session.get(f"{jobs[0]}/picture.jpg", timeout=PATIENCE_S).content
        wait_until(
            lambda: session.get(f"{jobs[1]}/newest.jpg", timeout=PATIENCE_S).status_code == 200
        )
        seen = (handed_in, CLIP.read_bytes(), small, part, snapshot, annotated)
        height, width = frame.shape[:2]
        try:
            check_traces(server, Traces(map(mark_of, seen), [(width, height), (320, 180)]), seen)
        finally:
            for job in jobs:
                session.delete(job, headers={"X-CSRFToken": token}, timeout=PATIENCE_S)
            client.close()


def check_traces(server, traces, seen):
    folders, clip = (server.folder, server.temporary), server.folder / "clip.mp4"
    assert all(map(traces.in_bytes, seen)), "they would be found"
    assert traces.in_folders(folders, given=(clip,)) == []
    for process_id in all_processes(server):
        limits = Path(f"/proc/{process_id}/limits").read_text()
        assert re.search(r"Max core file size +0 ", limits)
    try:
        assert traces.held_open(server, folders) == []
    except PermissionError:
        pytest.skip("only root may look into processes that leave no dumps")


def test_the_picture_goes_on_while_the_database_is_locked(server, session):
    database = sqlite3.connect(server.folder / "instance" / "evenkeel.db", isolation_level=None)
    with open_stream_when_free(server, session) as answer:
        pictures = parts(answer)
        next(pictures)
        database.execute("BEGIN EXCLUSIVE")
        arrived_at_s = [time.monotonic()]
        # Longer than streams go without a check of their sign-ins.
        while arrived_at_s[-1] - arrived_at_s[0] < CHECK_INTERVAL_S + 2:
            next(pictures)
            arrived_at_s.append(time.monotonic())
        database.execute("ROLLBACK")
        database.close()
    longest_s = max(b - a for a, b in itertools.pairwise(arrived_at_s))
    assert longest_s < BUSY_TIMEOUT_MS / 1000, "the picture waits for the database"


def test_counts_arrive_at_the_promised_rate(server, session):
    client = server.connect(session)
    wait_until(lambda: len(pushed(client)) > 8)
    client.close()
    payload = pushed(client)[0]
    # By the server's clock: a busy machine may hold them up on the way.
    first_at, *_, last_at = (datetime.fromisoformat(told["at"]) for told in pushed(client))
    assert len(pushed(client)) - 1 <= 2 * (last_at - first_at).total_seconds() + 1
    assert list(payload["counts"]) == [
        *("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"),
        "uncertain",
    ]
    assert sum(payload["counts"].values()) == payload["faces"]
    assert 0 <= payload["indicator"] <= 100


def pushed(client: SocketClient) -> list[dict]:
    return [payload for _, event, payload in client.events if event == "counts"]


def test_the_api_lists_cameras_and_the_last_minutes(server, session):
    cameras = session.get(f"{server.url}/api/cameras", timeout=PATIENCE_S).json()["cameras"]
    assert [(camera["name"], camera["state"]) for camera in cameras] == [("door", "live")]
    answer = session.get(f"{server.url}/api/recent?camera=door", timeout=PATIENCE_S).json()
    assert {"at", "faces", "indicator"} <= set(answer["points"][-1])


def test_a_source_pulled_away_and_brought_back(server, session):
    clip = server.folder / "clip.mp4"
    client = server.connect(session)
    client.wait("camera", state="live")
    clip.rename(server.folder / "away.mp4")
    client.wait("camera", state="offline")
    picture = decode(session.get(f"{server.url}/snapshot/door.jpg", timeout=PATIENCE_S).content)
    is_plain = np.abs(picture.astype(int) - picture[0, 0]).max(axis=2) < 8
    assert is_plain.mean() > 0.8, "the last frame is shown as if it were live"
    seen = len(client.events)
    (server.folder / "away.mp4").rename(clip)
    client.wait("camera", seen, state="live")
    client.wait("counts", seen)
    client.close()


def test_a_network_camera_switched_off_and_on_again(tmp_path):
    camera = MjpegCamera(free_port())
    camera.switch_on()
    source = f"http://user:hunter2@127.0.0.1:{camera.port}/video"
    server = GunicornServer(tmp_path, {"CAMERAS": f"hall={source}"}).start()
    try:
        session = server.wait_until_ready().sign_in()
        client = server.connect(session)
        client.wait("counts", camera="hall", faces=0)
        camera.switch_off()
        client.wait("camera", state="offline")
        cameras = session.get(f"{server.url}/api/cameras", timeout=PATIENCE_S).text
        page = session.get(f"{server.url}/", timeout=PATIENCE_S).text
        seen = len(client.events)
        camera.switch_on()
        client.wait("camera", seen, state="live")
        client.close()
    finally:
        server.kill()
        camera.switch_off()
    assert "hunter2" not in cameras + page + server.log.read_text()


def test_signing_out_ends_picture_and_push(server):
    session = server.sign_in()
    client = server.connect(session)
    client.wait("camera")
    stream = open_stream_when_free(server, session)
    next(parts(stream))
    page = session.get(f"{server.url}/", timeout=PATIENCE_S).text
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    session.post(f"{server.url}/logout", data={"csrf_token": token}, timeout=PATIENCE_S)
    wait_until(lambda: not client._client.connected, "the push goes on after signing out")
    assert _ends(stream), "the picture goes on after signing out"


def test_sigterm_with_viewers_and_a_video_being_read_ends_in_time(tmp_path):
    patience = {"GUNICORN_CMD_ARGS": f"--graceful-timeout {IN_VAIN_S}"}
    server = GunicornServer(tmp_path, patience).start()
    try:
        server.wait_until_ready()
        session = server.sign_in()
        client = server.connect(session)
        streams = [session.get(f"{server.url}/stream/demo.mjpg", stream=True) for _ in range(2)]
        for stream in streams:
            next(stream.iter_content(1000))
            threading.Thread(target=_drain, args=(stream,), daemon=True).start()
        client.wait("camera")
        assert server.hand_in(session, CLIP.read_bytes()).status_code == 202
        assert server.stop() < AT_ONCE_S
        assert server.process.returncode == 0
        assert "Traceback" not in server.log.read_text()
        assert watched_kinds(server) == {"figures", "live picture"}
    finally:
        server.kill()


def watched_kinds(server):
    """Return what was watched up to the end, as the audit log has it."""
    path = server.folder / "instance" / "evenkeel.db"
    with closing(sqlite3.connect(path)) as database:
        found = database.execute("SELECT details FROM audit_log WHERE action = 'watched'")
        return {json.loads(details)["kind"] for (details,) in found}


def wait_for_text(path: Path, text: str) -> str:
    """Return what a file holds as soon as it holds a text."""
    wait_until(lambda: text in path.read_text(), f"{path} never holds {text!r}")
    return path.read_text()


def test_the_first_password_is_left_in_a_file_of_its_own(tmp_path):
    server = GunicornServer(tmp_path, {"ADMIN_PASSWORD": ""}).start()
    try:
        server.wait_until_ready()
        path = tmp_path / "instance" / "first-password"
        log = wait_for_text(server.log, f"Password: in {path}")
        assert log.splitlines()[-4:] == [
            f"  Address:  {server.url}",
            "  User:     admin",
            f"  Password: in {path}",
            "",
        ]
        assert path.stat().st_mode & 0o777 == 0o600
        password = path.read_text().strip().splitlines()[-1]
        assert password not in server.log.read_text()
        session = server.sign_in(password=password)
        assert "/password" in session.get(f"{server.url}/", timeout=PATIENCE_S).url
    finally:
        server.kill()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"HOST": "0.0.0.0"}, "ALLOW_PLAIN_HTTP"),
        ({"MODEL_DIR": "/nowhere"}, "MODEL_DIR: /nowhere/model.json is missing"),
        ({"DETECTOR": "magic"}, "DETECTOR: expected one of yunet, haar"),
        ({"ALERT_EMOTIONS": "boredom"}, "ALERT_EMOTIONS: expected at least one"),
        ({"WEB_CONCURRENCY": "4"}, "WEB_CONCURRENCY: expected 1"),
        ({"HOST": "192.0.2.7"}, "HOST: expected an address of this machine"),
        ({"INSTANCE_DIR": "/dev/null/x"}, "INSTANCE_DIR: /dev/null/x: must be"),
        ({"DATABASE_URL": "sqlite:////dev/null/x.db"}, "DATABASE_URL: /dev/null/x.db: cannot be"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_work_is_refused_in_one_line(tmp_path, changes, message):
    server = GunicornServer(tmp_path)
    server.env |= changes
    server.launch()
    try:
        assert server.process.wait(60) != 0
    finally:
        server.kill()
    *before, line = server.log.read_text().splitlines()
    assert all("Starting gunicorn" in each for each in before)
    assert line.startswith("evenkeel: ")
    assert message in line


def test_a_second_server_on_the_same_folder_or_database_is_refused(server, tmp_path):
    database = server.folder / "instance" / "evenkeel.db"
    expected = (
        ({"INSTANCE_DIR": str(database.parent)}, "INSTANCE_DIR: another server uses the folder"),
        ({"DATABASE_URL": f"sqlite:///{database}"}, "DATABASE_URL: another server uses this"),
        ({"PORT": str(server.port)}, f"PORT: {server.port} on 127.0.0.1 is in use"),
    )
    seconds = []
    for changes, _ in expected:
        folder = tmp_path / next(iter(changes))
        folder.mkdir()
        seconds.append(GunicornServer(folder, changes))
        seconds[-1].launch()
    for second, (_, message) in zip(seconds, expected, strict=True):
        try:
            assert second.process.wait(60) != 0
        finally:
            second.kill()
        assert message in second.log.read_text().splitlines()[-1]
    assert requests.get(f"{server.url}/readyz", timeout=PATIENCE_S).status_code == 200


def _ends(answer: requests.Response) -> bool:
    deadline_s = time.monotonic() + PATIENCE_S
    try:
        while answer.raw.read(1 << 16):
            if time.monotonic() > deadline_s:
                return False
    except urllib3.exceptions.HTTPError:
        return True
    return True


def _drain(answer: requests.Response) -> None:
    try:
        for _ in answer.iter_content(1 << 16):
            pass
    except requests.RequestException:
        return
