"""Every benchmark, one after the other: `make bench CLIPS=DIR [FACES=DIR] [WILD=DIR] [FER=PYTHON]`.

Without any data the demo clip, many cameras of it, the forward pass, a long history, the web
process, the alerts and the tracks are measured; the alerts' crews are made from the demo clip, the
tracks' boxes from scripts. FACES are those that `benchmarks.majority_faces` makes. `DATA=DIR`,
FER-2013's pictures with their votes, adds the conditions of cameras; `PEOPLE=DIR`, a folder a
person, the error rates by group; `DLIB=PYTHON` a face embedding to that of hidden faces.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.postgres_server import postgres_programs
from tests.redis_server import REDIS


def main() -> None:
    """Run what the given data allow; each prints its own table or JSON."""
    clips, faces = os.environ.get("CLIPS"), os.environ.get("FACES")
    wild, fer, data = (os.environ.get(name) for name in ("WILD", "FER", "DATA"))
    people = os.environ.get("PEOPLE")
    crew = str(Path(clips) / "crew-3.mp4") if clips else "demo"
    _run("webapp", "benchmark", "--source", crew, "--seconds", "30")
    _run("benchmarks.cameras")
    _run("benchmarks.server_cameras")
    _run("benchmarks.recovery")
    _run("benchmarks.rooms")
    _run("benchmarks.grid")
    _run("benchmarks.serving")
    _run("benchmarks.history")
    if postgres_programs():
        _run("benchmarks.history", "--postgresql")
        if REDIS:
            _run("benchmarks.cluster")
    _run("benchmarks.fan_out")
    _run("benchmarks.alerts")
    _run("benchmarks.tracks", *(("--clips", clips) if clips else ()))
    if clips:
        _run("benchmarks.viewers", "--clip", crew)
        _run("benchmarks.detection", "--clips", clips)
        _run("benchmarks.long_video", "--clip", crew)
        dlib = os.environ.get("DLIB")
        _run("benchmarks.blur", "--clips", clips, *(("--dlib-python", dlib) if dlib else ()))
    own = (*(("--clips", clips) if clips else ()), *(("--people", people) if people else ()))
    _run("benchmarks.floor", *own)
    if clips and fer:
        _run("benchmarks.versus_fer", "--clip", crew, "--fer-python", fer)
    if wild:
        _run("benchmarks.wild", "--wild", wild, *(("--fer-python", fer) if fer else ()))
        _run("benchmarks.pictures", "--wild", wild, *(("--fer-python", fer) if fer else ()))
    groups = (*(("--people", people) if people else ()), *(("--wild", wild) if wild else ()))
    if groups:
        _run("benchmarks.groups", *groups)
    if data:
        _run("benchmarks.conditions", "--data", data, "--votes", f"{data}/index.csv")
    if faces:
        whole = ("--wild", wild) if wild else ()
        _run("benchmarks.framing", "--faces", faces, *whole)
        _run(
            "benchmarks.readable", "--faces", faces, *whole, *(("--clips", clips) if clips else ())
        )


def _run(*arguments: str) -> None:
    print(f"\n== {' '.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", *arguments], check=True)


if __name__ == "__main__":
    main()
