"""How long and how large it is from a fresh clone to the first picture, whole and slim.

python -m benchmarks.fresh_clone --python python3.11 --python python3.12
"""

import argparse
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from benchmarks.clips import table
from tests.gunicorn_server import CSRF_FIELD, PASSWORD, free_port
from tools.installed_size import MEGABYTE, part_sizes
from webapp.config import ROOT

WITHIN_S = 500.0
PICTURE_BEGINS = b"\xff\xd8"
LOCKS = {"whole": "requirements.txt", "slim": "requirements-run.txt"}


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append", dest="pythons", help="Repeat it for several.")
    parser.add_argument("--set", action="append", dest="sets", choices=LOCKS)
    options = parser.parse_args()
    pythons, sets = options.pythons or ["python3"], options.sets or list(LOCKS)
    print(table([measure(python, name) for python in pythons for name in sets]))


def measure(python: str, name: str) -> dict[str, object]:
    """Clone what is committed, `make run`, and watch; return a row of the table."""
    with tempfile.TemporaryDirectory(prefix="evenkeel-clone-") as folder:
        clone = Path(folder, "clone")
        started_s = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        with running(clone, python, is_slim=name == "slim") as port:
            until_picture_s = seconds_until_picture(port, started_s)
        version = said_by(str(clone / ".venv/bin/python"), "-V").removeprefix("Python ")
        return {
            "Python": version,
            "set": name,
            "seconds to the first picture": f"{until_picture_s:.0f}",
            "packages downloaded, MB": f"{wheels_bytes(clone, LOCKS[name]) / MEGABYTE:.0f}",
            "installed, MB": f"{sum(part_sizes(clone / '.venv').values()) / MEGABYTE:.0f}",
        }


@contextmanager
def running(clone: Path, python: str, is_slim: bool) -> Iterator[int]:
    """Run `make run` in a clone, with nothing of pip's cache; yields the port."""
    port = free_port()
    env = os.environ | {
        "PIP_NO_CACHE_DIR": "1",
        "PORT": str(port),
        "ADMIN_PASSWORD": PASSWORD,
        "OPEN_OPS": "1",
    }
    program = shutil.which(python)
    assert program, f"there is no {python}"
    command = ["make", "run", f"PYTHON={program}", "VENV=.venv", *(["SLIM=1"] if is_slim else [])]
    log = clone / "make.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, cwd=clone, env=env, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield port
    except Exception as error:
        raise SystemExit(f"{error}; make said: {log.read_text()[-2000:]}") from error
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def seconds_until_picture(port: int, started_s: float) -> float:
    """Sign in as soon as that can be done and wait for the first bytes of a picture."""
    url, session = f"http://127.0.0.1:{port}", requests.Session()
    while True:
        if time.monotonic() - started_s > WITHIN_S:
            raise TimeoutError(f"no server within {WITHIN_S:.0f} s")
        try:
            page = session.get(f"{url}/login", timeout=5).text
            break
        except requests.ConnectionError:
            time.sleep(0.1)
    found = CSRF_FIELD.search(page)
    assert found, page
    form = {"username": "admin", "password": PASSWORD, "csrf_token": found.group(1)}
    session.post(f"{url}/login", data=form, timeout=30)
    with session.get(f"{url}/stream/demo.mjpg", stream=True, timeout=60) as stream:
        stream.raise_for_status()
        seen = b""
        while PICTURE_BEGINS not in seen:
            seen += stream.raw.read(256)
    return time.monotonic() - started_s


def wheels_bytes(clone: Path, lock: str) -> int:
    """Fetch the files that pip installed once more, and return how large they are."""
    folder = clone / "wheels"
    pip = (str(clone / ".venv/bin/python"), "-m", "pip", "--quiet", "--no-cache-dir")
    command = [*pip, "download", "--no-deps", f"--dest={folder}", "-r", str(clone / lock)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return sum(path.stat().st_size for path in folder.iterdir())


def said_by(*command: str) -> str:
    """Return what a program prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
