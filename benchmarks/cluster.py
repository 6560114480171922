"""What a camera and a viewer cost each part of a cluster, and what many of them would need.

python -m benchmarks.cluster [--cameras 2 8] [--viewers 40] [--pages 20] [--seconds 40]
    [--plan 1000 10000] [--site 100] [--seen 10]

A worker, a web instance, Redis and PostgreSQL of its own, on this machine: with few cameras, with
more, with each of them watched once, with many viewers of one, and with pages that get the figures
of all. The differences between these are the costs. The plan multiplies them, for so many cameras
and viewers, in sites (each a cluster of its own) of so many cameras, of which a user sees so many.
"""

import argparse
import math
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
from redis import Redis

from benchmarks.cameras import FPS, write_clip
from benchmarks.clips import table
from benchmarks.fan_out import asked, watch
from tests.cluster_servers import Cluster, running_cluster, wait_for
from tests.gunicorn_server import SocketClient
from tests.postgres_server import PostgresServer, postgres_programs, postgres_server
from webapp.core.camera_list import CameraSource
from webapp.demo import CLIP
from webapp.serving.worker.lease_keeper import LeaseKeeper
from webapp.storage.cameras import seed_cameras
from webapp.storage.database import Database
from webapp.storage.sealing import Sealer
from webapp.storage.upgrade import upgrade

SETTLE_S = 8.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
# No core should be busier than this, and no network card either.
FULL_SHARE = 0.6
# What one web instance may hold (MAX_VIEWERS at most), and a network card carries, bytes a second.
MOST_VIEWERS, CARD_BYTES_PER_S = 2000, 1.25e9
# One worker process uses about so many cores, a machine for workers has so many.
PROCESS_CORES, MACHINE_CORES = 2, 8
LOOKS = 20
# The figures of a camera go out so often (cameras/push.py).
FIGURES_PER_S = 2


@dataclass(frozen=True)
class Use:
    """What the parts took: cores, and what went through Redis and PostgreSQL each second."""

    worker: float = 0.0
    web: float = 0.0
    redis: float = 0.0
    postgres: float = 0.0
    redis_commands: float = 0.0
    redis_in_bytes: float = 0.0
    redis_out_bytes: float = 0.0
    commits: float = 0.0
    pictures: float = 0.0
    events: float = 0.0

    def less(self, other: "Use", shares: float = 1.0) -> "Use":
        """Return the difference to another, in so many equal parts."""
        pairs = zip(asdict(self).values(), asdict(other).values(), strict=True)
        return Use(*(max(0.0, (a - b) / shares) for a, b in pairs))

    def plus(self, other: "Use", times: float = 1.0) -> "Use":
        """Return the sum with another, taken so many times."""
        pairs = zip(asdict(self).values(), asdict(other).values(), strict=True)
        return Use(*(a + times * b for a, b in pairs))


@dataclass(frozen=True)
class Sharing:
    """What one look at the leases takes, of the asking process and of PostgreSQL, in CPU seconds.

    Attributes:
        holder: that holds every camera, and renews every lease.
        other: that holds none, and only reads.
    """

    holder: tuple[float, float]
    other: tuple[float, float]


def main() -> None:
    """Measure, and print what was measured, the costs and the plan."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, default=CLIP)
    parser.add_argument("--cameras", type=int, nargs=2, default=[2, 8])
    parser.add_argument("--viewers", type=int, default=40)
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--plan", type=int, nargs=2, default=[1000, 10_000])
    parser.add_argument("--site", type=int, default=100)
    parser.add_argument("--seen", type=int, default=10)
    options = parser.parse_args()
    few, many = options.cameras
    programs = postgres_programs()
    assert programs, "PostgreSQL is needed"
    measured: dict[str, Use] = {}
    with tempfile.TemporaryDirectory() as folder, postgres_server(programs) as postgres:
        clip = Path(folder) / "ten-a-second.mp4"
        write_clip(options.clip, clip)
        with measuring(Path(folder) / "few", postgres, clip, few) as meter:
            measured[f"{few} cameras"] = meter.use(options.seconds)
        with measuring(Path(folder) / "many", postgres, clip, many) as meter:
            measured[f"{many} cameras"] = alone = meter.use(options.seconds)
            names = meter.names
            measured[f"{many} cameras, each watched"] = meter.watched(names, options.seconds)
            crowd = [names[0]] * options.viewers
            measured[f"{many} cameras, {options.viewers} viewers of one"] = meter.watched(
                crowd, options.seconds
            )
            measured[f"{many} cameras, {options.pages} pages"] = meter.paged(
                options.pages, options.seconds
            )
        shared = sharing(postgres, options.site)
    uses = list(measured.values())
    camera = alone.less(uses[0], many - few)
    watched = uses[2].less(alone, many)
    viewer = uses[3].less(alone.plus(watched), options.viewers - 1)
    base = uses[0].less(Use().plus(camera, few))
    rows = measured | {"nothing": base, "a camera": camera, "a watched camera": watched}
    rows["a further viewer"] = viewer
    rows["a further page"] = page = uses[4].less(alone, options.pages)
    print(table([row(name, use) for name, use in rows.items()]), flush=True)
    event = page.web / page.events
    print(f"an event to a page: {1e6 * event:.0f} µs of the web instance", flush=True)
    costs = Costs(base, camera, watched, viewer, event, shared)
    cameras, viewers = options.plan
    sites = math.ceil(cameras / options.site)
    print(table(list(plan(options.site, math.ceil(viewers / sites), options.seen, costs))))
    print(f"one of {sites} sites, with {math.ceil(viewers / sites)} viewers", flush=True)


def row(name: str, use: Use) -> dict[str, str]:
    """Return a row of the table of uses."""
    return {
        "": name,
        "worker, cores": f"{use.worker:.4f}",
        "web instance": f"{use.web:.4f}",
        "Redis": f"{use.redis:.4f}",
        "PostgreSQL": f"{use.postgres:.4f}",
        "Redis commands/s": f"{use.redis_commands:.1f}",
        "in, KB/s": f"{use.redis_in_bytes / 1000:.1f}",
        "out, KB/s": f"{use.redis_out_bytes / 1000:.1f}",
        "commits/s": f"{use.commits:.2f}",
        "pictures/s": f"{use.pictures:.1f}",
        "events/s": f"{use.events:.1f}",
    }


class Meter:
    """Reads how much the parts of a cluster take."""

    def __init__(self, cluster: Cluster, postgres: PostgresServer, names: Sequence[str]) -> None:
        self._cluster, self._postgres, self.names = cluster, postgres, names
        self.session = cluster.webs[0].wait_until_ready("/healthz").sign_in()
        self._redis = Redis(port=cluster.redis.port)
        self._clients: list[SocketClient] = []

    def use(self, seconds: float, viewers: Connection | None = None) -> Use:
        """Return what was taken in this time, each second."""
        before, began_s = self._read(viewers), time.monotonic()
        time.sleep(seconds)
        after, elapsed_s = self._read(viewers), time.monotonic() - began_s
        return after.less(before, elapsed_s)

    def watched(self, cameras: Sequence[str], seconds: float) -> Use:
        """Return the same while somebody watches each of these."""
        web = self._cluster.webs[0]
        cookies = "; ".join(f"{each.name}={each.value}" for each in self.session.cookies)
        ours, theirs = multiprocessing.Pipe()
        viewers = multiprocessing.Process(target=watch, args=(web.port, cookies, cameras, theirs))
        viewers.start()
        wait_for(lambda: all(asked(ours)))
        time.sleep(SETTLE_S / 2)
        use = self.use(seconds, ours)
        ours.send(None)
        viewers.join()
        time.sleep(SETTLE_S / 2)
        return use

    def paged(self, pages: int, seconds: float) -> Use:
        """Return the same while so many pages get the figures of every camera."""
        with ExitStack() as ending:
            for _ in range(pages):
                client = self._cluster.webs[0].connect(self.session)
                self._clients.append(ending.enter_context(closing(client)))
            time.sleep(SETTLE_S / 2)
            use = self.use(seconds)
        self._clients = []
        return use

    def close(self) -> None:
        """Leave Redis."""
        self._redis.close()

    def _read(self, viewers: Connection | None) -> Use:
        info = self._redis.info()
        assert isinstance(info, dict)
        [worker] = self._cluster.workers
        assert worker.process
        redis_cpu_s = info["used_cpu_user"] + info["used_cpu_sys"]
        return Use(
            worker=cpu_s(worker.process.pid),
            web=cpu_s(self._cluster.webs[0].process.pid),
            redis=redis_cpu_s,
            postgres=cpu_s(self._postgres.process_id),
            redis_commands=info["total_commands_processed"],
            redis_in_bytes=info["total_net_input_bytes"],
            redis_out_bytes=info["total_net_output_bytes"],
            commits=commits(self._cluster.database_url),
            pictures=sum(asked(viewers)) if viewers else 0,
            events=sum(len(client.events) for client in self._clients),
        )


@contextmanager
def measuring(folder: Path, postgres: PostgresServer, clip: Path, count: int) -> Iterator[Meter]:
    """Run a cluster with so many cameras of one clip while the block lasts."""
    folder.mkdir()
    names = [f"camera-{number}" for number in range(count)]
    changes = {
        "CAMERAS": ",".join(f"{name}={clip}" for name in names),
        "MAX_VIEWERS": str(MOST_VIEWERS),
        "MAX_CONNECTIONS_PER_ADDRESS": "4000",
    }
    with running_cluster(folder, postgres, changes, ["yard"], 1) as cluster:
        meter = Meter(cluster, postgres, names)
        with closing(meter):
            wait_for(lambda: all_read(cluster, meter), 120)
            time.sleep(SETTLE_S)
            yield meter


def all_read(cluster: Cluster, meter: Meter) -> bool:
    """Return whether every camera is read at its rate."""
    statuses = cluster.statuses(cluster.webs[0], meter.session).values()
    return all(status["analysis_fps"] > FPS / 2 for status in statuses)


def cpu_s(process_id: int) -> float:
    """Return the CPU time of a process, its children of now and those that ended, in seconds."""
    total, waiting = 0, [process_id]
    while waiting:
        folder = Path(f"/proc/{waiting.pop()}")
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            for task in folder.glob("task/*/children"):
                waiting += map(int, task.read_text().split())
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))
    return total / TICKS_PER_S


def commits(url: str) -> float:
    """Return how many transactions a database has committed."""
    where = url.replace("postgresql+psycopg", "postgresql")
    query = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
    with psycopg.connect(where) as connection:
        found = connection.execute(query).fetchone()
    assert found
    return float(found[0])


def sharing(postgres: PostgresServer, cameras: int) -> Sharing:
    """Measure how workers share so many cameras."""
    name = postgres.create()
    upgrade(postgres.url(name))
    sealer, sources = Sealer("for a benchmark alone"), []
    for number in range(cameras):
        sources.append(CameraSource(f"camera-{number}", f"rtsp://user:pass@10.0.0.7/{number}"))
    with closing(Database(postgres.url(name))) as database:
        with database.session() as work:
            seed_cameras(work, sources, sealer, datetime.now(UTC))
        keepers = [LeaseKeeper(database, each, sealer) for each in ("holder", "other")]
        for keeper in keepers:
            keeper.step()
        return Sharing(*(_look(keeper, postgres) for keeper in keepers))


def _look(keeper: LeaseKeeper, postgres: PostgresServer) -> tuple[float, float]:
    ours_s, theirs_s = time.process_time(), cpu_s(postgres.process_id)
    for _ in range(LOOKS):
        keeper.step()
    ours_s, theirs_s = time.process_time() - ours_s, cpu_s(postgres.process_id) - theirs_s
    return ours_s / LOOKS, theirs_s / LOOKS


@dataclass(frozen=True)
class Costs:
    """What each part takes for nothing, for a camera, and so on; `event` in CPU seconds."""

    base: Use
    camera: Use
    watched: Use
    viewer: Use
    event: float
    shared: Sharing


def plan(cameras: int, viewers: int, seen: int, costs: Costs) -> Iterator[dict[str, str]]:
    """Yield what so many cameras and viewers would need.

    Args:
        cameras: of the cluster.
        viewers: at once, each with a page open and one camera's picture.
        seen: cameras whose figures a page gets.
        costs: as measured.
    """
    base, camera, watched, viewer = costs.base, costs.camera, costs.watched, costs.viewer
    shared = costs.shared
    worker_cores = cameras * camera.worker / FULL_SHARE
    workers = math.ceil(worker_cores / PROCESS_CORES)
    mirror = cameras * camera.web + base.web
    one_viewer = viewer.web + seen * FIGURES_PER_S * costs.event
    per_instance = max(1, int(min(MOST_VIEWERS, (FULL_SHARE - mirror) / one_viewer)))
    instances = math.ceil(viewers / per_instance)
    states = instances * cameras * camera.redis_out_bytes
    spread = instances * min(cameras, per_instance) * watched.redis_out_bytes
    together = min(cameras, viewers) * watched.redis_out_bytes
    card = FULL_SHARE * CARD_BYTES_PER_S
    looks = workers + instances
    yield part("workers: cores", worker_cores, "cores")
    yield part(f"workers: processes of {PROCESS_CORES} cores", workers, "processes")
    yield part(f"workers: machines of {MACHINE_CORES} cores", worker_cores / MACHINE_CORES, "")
    yield part("web: cores to mirror all cameras, each instance", mirror, "cores")
    yield part("web: for the figures of a viewer", 1e6 * seen * FIGURES_PER_S * costs.event, "µs/s")
    yield part("web: for the pictures of a viewer", 1e6 * viewer.web, "µs/s")
    yield part("web: viewers that an instance bears", per_instance, "viewers")
    yield part("web: instances, a core each", instances, "cores")
    yield part("Redis: states to all instances", states / 1e6, "MB/s")
    yield part("Redis: pictures, viewers spread over all instances", spread / 1e6, "MB/s")
    yield part("Redis: pictures, viewers of a camera at one instance", together / 1e6, "MB/s")
    yield part("Redis: share of a 10 Gbit/s card, spread", (states + spread) / card, "cards")
    yield part("Redis: share of it, together", (states + together) / card, "cards")
    redis_cores = together / watched.redis_out_bytes * watched.redis
    yield part("Redis: cores for these pictures, together", redis_cores, "cores")
    leases = shared.holder[1] + (looks - 1) * shared.other[1]
    yield part("PostgreSQL: cores for leases and set-ups", leases, "cores")
    rows = (cameras * camera.commits) * base.postgres / base.commits
    yield part("PostgreSQL: cores for history and alerts", rows, "cores")
    yield part("workers: core to look at the leases, each", shared.other[0], "cores")


def part(name: str, value: float, unit: str) -> dict[str, str]:
    """Return a row of the plan."""
    return {"what": name, "needed": f"{value:,.2f}" if value < 100 else f"{value:,.0f}", "in": unit}


if __name__ == "__main__":
    main()
