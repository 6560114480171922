"""Many cameras in a whole server: readings of each, and the memory of its processes.

python -m benchmarks.server_cameras [--clip FILE] [--cameras 1 4 8 16] [--seconds 20]

`benchmarks.cameras` measures the arithmetic alone; here the web process, the camera processes, the
file process, history and rules run with it.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import requests

from benchmarks.cameras import FPS, write_clip
from benchmarks.clips import table
from benchmarks.endurance import sizes
from tests.gunicorn_server import GunicornServer
from webapp.demo import CLIP

WARM_UP_S = 10.0


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, default=CLIP)
    parser.add_argument("--cameras", type=int, nargs="+", default=[1, 4, 8, 16])
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "ten-a-second.mp4"
        write_clip(options.clip, clip)
        rows = [
            measure(clip, Path(folder) / f"{count}", count, options.seconds)
            for count in options.cameras
        ]
    print(table(rows))


def measure(clip: Path, folder: Path, count: int, seconds: float) -> dict[str, Any]:
    """Serve so many cameras of one clip; returns a row."""
    folder.mkdir()
    cameras = ",".join(f"camera-{number}={clip}" for number in range(count))
    server = GunicornServer(folder, {"CAMERAS": cameras}).start()
    try:
        server.wait_until_ready()
        session = server.sign_in()
        time.sleep(WARM_UP_S)
        rates = [_rates(server, session)]
        deadline_s = time.monotonic() + seconds
        while time.monotonic() < deadline_s:
            time.sleep(1.0)
            rates.append(_rates(server, session))
        held = sizes(server)
    finally:
        server.kill()
    means = [sum(of_camera) / len(of_camera) for of_camera in zip(*rates, strict=True)]
    in_cameras = sum(size.memory_mib for name, size in held.items() if name.startswith("cameras"))
    return {
        "cameras": count,
        f"readings a second of {FPS:g}, least": f"{min(means):.1f}",
        "mean": f"{sum(means) / len(means):.1f}",
        "web process, MiB": f"{held['web'].memory_mib:.0f}",
        "camera processes, MiB": f"{in_cameras:.0f}",
        "file process, MiB": f"{held['files'].memory_mib:.0f}",
    }


def _rates(server: GunicornServer, session: requests.Session) -> list[float]:
    listed = session.get(f"{server.url}/api/cameras", timeout=30).json()["cameras"]
    return [camera["analysis_fps"] for camera in listed]


if __name__ == "__main__":
    main()
