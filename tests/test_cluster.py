"""Two workers and two web instances behind nginx, with a real Redis and PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import requests

from tests.cluster_servers import Cluster, running_cluster, wait_for
from tests.gunicorn_server import GunicornServer, free_port
from tests.nginx_proxy import NGINX
from tests.patience import PATIENCE_S
from tests.postgres_server import postgres_programs, postgres_server
from tests.redis_server import REDIS
from tests.services import require_or_skip
from webapp import gunicorn_conf
from webapp.config import Settings
from webapp.core.errors import ConfigError
from webapp.serving.worker.worker import run_worker

CAMERAS = ("east", "west")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    programs = postgres_programs()
    for service, found in (("Redis", REDIS), ("nginx", NGINX), ("PostgreSQL", programs)):
        require_or_skip(service, found is not None)
    assert programs
    changes = {"CAMERAS": ",".join(f"{name}=demo" for name in CAMERAS)}
    folder = tmp_path_factory.mktemp("cluster")
    with postgres_server(programs) as postgres, running_cluster(folder, postgres, changes) as found:
        try:
            yield found
        finally:
            print(found.logs())


@pytest.fixture(scope="module")
def sessions(cluster: Cluster) -> list[requests.Session]:
    """One sign-in, known to every instance."""
    first = cluster.webs[0].wait_until_ready("/healthz").sign_in()
    second = requests.Session()
    second.cookies.update(first.cookies)
    cluster.webs[1].wait_until_ready("/healthz")
    return [first, second]


def states(web: GunicornServer, session: requests.Session) -> dict[str, str]:
    cameras = session.get(f"{web.url}/api/cameras", timeout=PATIENCE_S).json()["cameras"]
    return {each["name"]: each["state"] for each in cameras}


ALL_LIVE = dict.fromkeys(CAMERAS, "demo")


def test_every_instance_shows_what_any_worker_reads(cluster, sessions) -> None:
    for web, session in zip(cluster.webs, sessions, strict=True):
        wait_for(lambda web=web, session=session: states(web, session) == ALL_LIVE)
        for camera in CAMERAS:
            jpeg = session.get(f"{web.url}/snapshot/{camera}.jpg", timeout=PATIENCE_S)
            assert jpeg.status_code == 200 and jpeg.content[:2] == b"\xff\xd8"
        with session.get(f"{web.url}/stream/east.mjpg", stream=True, timeout=PATIENCE_S) as stream:
            assert stream.raw.read(200_000).count(b"--frame") > 1
    wait_for(lambda: sorted(worker.holds() for worker in cluster.workers) == [["east"], ["west"]])


def test_what_one_instance_is_told_the_others_show(cluster, sessions) -> None:
    (web, other), (session, others) = cluster.webs, sessions
    token = web.form_token(session, "/alerts")
    headers = {"X-CSRFToken": token}
    with closing(other.connect(others)) as client:
        client.wait("counts")
        paused = session.post(
            f"{web.url}/api/cameras/east/pause", headers=headers, timeout=PATIENCE_S
        )
        assert paused.status_code == 200, paused.text
        client.wait("camera", camera="east", state="paused")
        wait_for(lambda: states(other, others)["east"] == "paused")
        # What a page does is heard of by pages of other instances, through Redis.
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        form = {"csrf_token": token, "until": until, "reason": "a test", "length": "60"}
        session.post(f"{web.url}/alerts/silences", data=form, timeout=PATIENCE_S)
        client.wait("silences")
    resumed = session.post(
        f"{web.url}/api/cameras/east/resume", headers=headers, timeout=PATIENCE_S
    )
    assert resumed.status_code == 200, resumed.text
    wait_for(lambda: states(other, others) == ALL_LIVE)


def test_files_are_read_by_a_worker_whichever_instance_asks(cluster, sessions) -> None:
    (web, other), (session, others) = cluster.webs, sessions
    picture = cv2.imencode(".jpg", np.full((64, 64, 3), 90, np.uint8))[1].tobytes()
    done = web.hand_in(session, picture, "grey.jpg")
    assert done.status_code == 200, done.text
    result = others.get(f"{other.url}/api/analyse/{done.json()['id']}", timeout=PATIENCE_S)
    assert result.json()["state"] == "done"


def test_another_worker_takes_over_and_views_go_on(cluster, sessions) -> None:
    (web, _), (session, _) = cluster.webs, sessions
    with session.get(f"{web.url}/stream/west.mjpg", stream=True, timeout=PATIENCE_S) as stream:
        stream.raw.read(50_000)
        wait_for(lambda: any(worker.holds() == ["west"] for worker in cluster.workers))
        holder = next(worker for worker in cluster.workers if worker.holds() == ["west"])
        holder.kill()
        wait_for(lambda: states(web, session)["west"] != "demo")
        wait_for(lambda: states(web, session) == ALL_LIVE)
        # The same view, of the same connection, shows what the other worker reads.
        assert stream.raw.read(400_000).count(b"--frame") > 1
    holder.start()


def test_redis_may_go_and_come(cluster, sessions) -> None:
    (web, _), (session, _) = cluster.webs, sessions
    cluster.redis.stop()
    wait_for(
        lambda: "redis" in session.get(f"{web.url}/readyz", timeout=PATIENCE_S).json()["reasons"]
    )
    wait_for(lambda: set(states(web, session).values()) == {"offline"})
    cluster.redis.start()
    wait_for(lambda: states(web, session) == ALL_LIVE)


def test_a_browser_stays_with_its_instance_behind_nginx(cluster, sessions) -> None:
    first, second = (requests.Session() for _ in range(2))
    port = free_port()
    url, nginx = f"http://127.0.0.1:{port}", cluster.nginx(port)
    with ExitStack() as ending:
        ending.callback(nginx.kill)
        nginx.start()
        for session in (first, second):
            session.cookies.update(sessions[0].cookies)
            assert session.get(f"{url}/api/cameras", timeout=PATIENCE_S).json()["cameras"]
        ways = {session.cookies["evenkeel_way"] for session in (first, second)}
        assert len(ways) == 2
        with closing(cluster.webs[0].connect(first, url)) as client:
            client.wait("counts")


def test_a_second_gunicorn_worker_and_a_worker_without_redis_are_refused() -> None:
    two = SimpleNamespace(cfg=SimpleNamespace(workers=2))
    with pytest.raises(SystemExit, match="run several instances with REDIS_URL"):
        gunicorn_conf.on_starting(two)
    with pytest.raises(ConfigError, match="REDIS_URL: expected the Redis"):
        run_worker(Settings())
