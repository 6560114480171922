"""Hours of a server's life: visitors come and go, cameras fail; what memory and files it keeps.

python -m benchmarks.endurance [--minutes 120] [--seed 1]

Four cameras: two of the demo clip, two of a network, which go and come back or fall silent at
random times. Visitors open pages, watch streams (some stop reading), keep a page's connection,
sign in anew and hand in videos. The figures of the first ten minutes after a warm-up of five stand
beside those of the last ten.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import requests
import socketio

from benchmarks.memory import resident_kib_of
from tests.gunicorn_server import GunicornServer, free_port
from tests.mjpeg_camera import MjpegCamera
from tests.server_processes import processes, web_process
from webapp.demo import CLIP

WARM_UP_S = 300.0
COMPARED_S = 600.0
SAMPLE_EVERY_S = 20.0
VISITORS = 6
PAGES = ("/", "/alerts", "/history?camera=door", "/report?camera=door", "/analyse", "/api/cameras")
VISIT_S = (1.0, 40.0)
FAULT_S = (2.0, 60.0)
# Whole videos take a core for seconds; the others wait meanwhile.
CHANCE_OF_VIDEO = 0.02
Sizes = dict[str, "Size"]


@dataclass(frozen=True)
class Size:
    """What one process holds."""

    process_id: int
    memory_mib: float
    descriptors: int
    threads: int


def main() -> None:
    """Live through it and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    door, hall = MjpegCamera(free_port()), MjpegCamera(free_port())
    cameras = {"door": "demo", "desk": "demo", "hall": url_of(door), "yard": url_of(hall)}
    settings = {
        "CAMERAS": ",".join(f"{name}={source}" for name, source in cameras.items()),
        "CAMERA_PROCESSES": "2",
        "MAX_VIEWERS": str(8 * VISITORS),
    }
    with tempfile.TemporaryDirectory() as folder:
        server = GunicornServer(Path(folder), settings).start()
        try:
            server.wait_until_ready("/healthz")
            figures = live(server, (door, hall), options.minutes * 60.0, options.seed)
        finally:
            server.kill()
    print(json.dumps(figures, indent=1))


def url_of(camera: MjpegCamera) -> str:
    """Return the address of a network camera."""
    return f"http://127.0.0.1:{camera.port}/stream"


def live(
    server: GunicornServer, cameras: tuple[MjpegCamera, ...], seconds: float, seed: int
) -> dict[str, object]:
    """Let everything happen for so long; returns sizes at both ends and what was done."""
    done, stop, samples = Counter[str](), threading.Event(), list[tuple[float, Sizes]]()
    actors: list[Callable[[random.Random], Iterator[str]]] = [
        *(failing(camera) for camera in cameras),
        *(visiting(server) for _ in range(VISITORS)),
    ]
    threads = [
        threading.Thread(target=_act, args=(actor(random.Random(f"{seed}/{i}")), stop, done))
        for i, actor in enumerate(actors)
    ]
    for thread in threads:
        thread.start()
    began_at_s = time.monotonic()
    while (lived_s := time.monotonic() - began_at_s) < seconds:
        # A process that has just ended is missing in a sample.
        with suppress(OSError, IndexError):
            samples.append((lived_s, sizes(server)))
            print(round(lived_s), samples[-1][1], dict(done), file=sys.stderr, flush=True)
        time.sleep(SAMPLE_EVERY_S)
    stop.set()
    for thread in threads:
        thread.join()
    started = {held.process_id for _, sizes_then in samples for held in sizes_then.values()}
    return {
        "minutes": round(seconds / 60.0),
        "done": dict(done),
        "processes_started_again": len(started) - len(samples[0][1]),
        **both_ends(samples, seconds),
    }


def both_ends(samples: list[tuple[float, Sizes]], seconds: float) -> dict[str, object]:
    """Return the mean sizes of each process at the start and at the end.

    Args:
        samples: when each was taken, in seconds, and what each process held.
        seconds: how long all of it lasted.
    """
    start = [held for at_s, held in samples if WARM_UP_S <= at_s < WARM_UP_S + COMPARED_S]
    end = [held for at_s, held in samples if at_s >= seconds - COMPARED_S]
    return {"start": mean_sizes(start), "end": mean_sizes(end)}


def mean_sizes(held: list[Sizes]) -> dict[str, dict[str, float]]:
    """Return the means of each process' figures, by its name."""
    names = held[0].keys() if held else ()
    return {
        name: {
            figure: round(sum(getattr(sizes[name], figure) for sizes in held) / len(held), 1)
            for figure in ("memory_mib", "descriptors", "threads")
        }
        for name in names
    }


def sizes(server: GunicornServer) -> Sizes:
    """Return what each process of a server holds, by its name."""
    named = {"gunicorn": server.process.pid, "web": web_process(server)}
    named |= {
        f"cameras {i}": pid for i, pid in enumerate(sorted(processes(server, "camera_process")))
    }
    named |= dict(zip(["files"], processes(server, "file_process"), strict=False))
    return {name: size_of(process_id) for name, process_id in named.items()}


def size_of(process_id: int) -> Size:
    """Return what a running process holds."""
    folder = Path("/proc", str(process_id))
    descriptors, threads = (len(list((folder / kind).iterdir())) for kind in ("fd", "task"))
    memory_mib = round(resident_kib_of(process_id) / 1024, 1)
    return Size(process_id, memory_mib, descriptors, threads)


def _act(deeds: Iterator[str], stop: threading.Event, done: Counter[str]) -> None:
    for deed in deeds:
        done[deed] += 1
        if stop.is_set():
            return


def failing(camera: MjpegCamera) -> Callable[[random.Random], Iterator[str]]:
    """Return an actor that switches a camera off or silences it, for a while, again and again."""

    def act(rng: random.Random) -> Iterator[str]:
        camera.switch_on()
        while True:
            time.sleep(rng.uniform(*FAULT_S))
            if rng.random() < 0.5:
                camera.switch_off()
                time.sleep(rng.uniform(*FAULT_S))
                camera.switch_on()
                yield "cameras gone and back"
            else:
                camera.is_silent.set()
                time.sleep(rng.uniform(*FAULT_S))
                camera.is_silent.clear()
                yield "cameras silent and back"

    return act


def visiting(server: GunicornServer) -> Callable[[random.Random], Iterator[str]]:
    """Return an actor that does what visitors do, at random, and signs in anew now and then."""

    def act(rng: random.Random) -> Iterator[str]:
        deeds = (_read_pages, _watch, _stop_reading, _keep_connected)
        while True:
            with closing(server.sign_in()) as session:
                yield "sign-ins"
                for _ in range(rng.randint(3, 12)):
                    deed = _hand_in if rng.random() < CHANCE_OF_VIDEO else rng.choice(deeds)
                    with suppress(requests.RequestException, socketio.exceptions.ConnectionError):
                        yield deed(server, session, rng)

    return act


def _read_pages(server: GunicornServer, session: requests.Session, rng: random.Random) -> str:
    for page in rng.sample(PAGES, 3):
        session.get(server.url + page, timeout=30).raise_for_status()
        time.sleep(rng.uniform(0.0, 2.0))
    return "pages"


def _watch(server: GunicornServer, session: requests.Session, rng: random.Random) -> str:
    until_s = time.monotonic() + rng.uniform(*VISIT_S)
    with _stream(server, session, rng) as stream:
        for _ in stream.iter_content(1 << 16):
            if time.monotonic() > until_s:
                break
    return "streams"


def _stop_reading(server: GunicornServer, session: requests.Session, rng: random.Random) -> str:
    with _stream(server, session, rng):
        time.sleep(rng.uniform(*VISIT_S))
    return "streams that nobody read"


def _stream(
    server: GunicornServer, session: requests.Session, rng: random.Random
) -> requests.Response:
    camera, quality = rng.choice(("door", "desk", "hall")), rng.choice(("", "?w=640&q=70"))
    url = f"{server.url}/stream/{camera}.mjpg{quality}"
    return session.get(url, stream=True, timeout=30)


def _keep_connected(server: GunicornServer, session: requests.Session, rng: random.Random) -> str:
    with closing(server.connect(session)):
        time.sleep(rng.uniform(*VISIT_S))
    return "page connections"


def _hand_in(server: GunicornServer, session: requests.Session, rng: random.Random) -> str:
    answer = server.hand_in(session, CLIP.read_bytes())
    return "videos" if answer.ok else f"videos refused with {answer.status_code}"


if __name__ == "__main__":
    main()
