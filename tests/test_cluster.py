"""Two workers and two web instances with a real Redis and PostgreSQL."""

from collections.abc import Iterator

import pytest
import requests

from tests.cluster_servers import Cluster, running_cluster, wait_for
from tests.gunicorn_server import GunicornServer
from tests.postgres_server import postgres_programs, postgres_server
from tests.redis_server import REDIS
from tests.services import require_or_skip

CAMERAS = ("east", "north", "south", "west")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    require_or_skip("Redis", REDIS is not None)
    programs = postgres_programs()
    require_or_skip("PostgreSQL", programs is not None)
    assert programs
    changes = {"CAMERAS": ",".join(f"{name}=demo" for name in CAMERAS)}
    with (
        postgres_server(programs) as postgres,
        running_cluster(tmp_path_factory.mktemp("cluster"), postgres, changes) as cluster,
    ):
        try:
            yield cluster
        finally:
            print(cluster.logs())


@pytest.fixture(scope="module")
def sessions(cluster: Cluster) -> list[requests.Session]:
    """One sign-in, known to every instance."""
    first = cluster.webs[0].wait_until_ready().sign_in()
    second = requests.Session()
    second.cookies.update(first.cookies)
    cluster.webs[1].wait_until_ready()
    return [first, second]


def live(cluster: Cluster, web: GunicornServer, session: requests.Session) -> set[str]:
    states = cluster.statuses(web, session)
    return {name for name, status in states.items() if status["state"] in ("live", "demo")}


def test_every_instance_shows_what_any_worker_reads(cluster, sessions) -> None:
    for web, session in zip(cluster.webs, sessions, strict=True):
        wait_for(lambda web=web, session=session: live(cluster, web, session) == {*CAMERAS})
        for camera in CAMERAS:
            jpeg = session.get(f"{web.url}/snapshot/{camera}.jpg", timeout=10)
            assert jpeg.status_code == 200 and jpeg.content[:2] == b"\xff\xd8"
        with session.get(f"{web.url}/stream/east.mjpg", stream=True, timeout=10) as stream:
            read = stream.raw.read(200_000)
        assert read.count(b"--frame") > 1
