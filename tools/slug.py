"""Writes what a host with buildpacks is given, and prints its size: `python -m tools.slug`.

Such hosts install requirements.txt, which here is the slim set. What serves is what .dockerignore
lets into the image, with what make fetched.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

ROOT = Path(__file__).resolve().parent.parent
# What installs; hosts take a package.json for a sign of another language.
LEFT_OUT = {"Makefile", "requirements-npm.txt", "requirements-run.txt", "package.json"}
FETCHED = ("vendor", "static/vendor")
PYTHON = "3.13"
MEGABYTE = 1e6
# What such hosts take, packed.
LIMIT_MB = 500


def main() -> None:
    """Write the folder; with --with-packages see that all of it keeps within the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "slug")
    parser.add_argument("--with-packages", action="store_true", help="Install and count them, too.")
    options = parser.parse_args()
    write_slug(options.folder)
    print(f"{options.folder}: {size_mb(options.folder):.0f} MB")
    if options.with_packages:
        whole_mb, packed_mb = sizes_with_packages(options.folder)
        print(f"with its packages: {whole_mb:.0f} MB, packed {packed_mb:.0f} MB of {LIMIT_MB}")
        sys.exit(packed_mb > LIMIT_MB)


def write_slug(folder: Path) -> None:
    """Write a folder anew; ends the program where something was not fetched.

    What lies in it under a name with a dot, such as a repository, is kept.
    """
    missing = [name for name in FETCHED if not (ROOT / name).is_dir()]
    if missing:
        sys.exit(f"expected {' and '.join(missing)}, found none. Run `make setup SLIM=1` first.")
    folder.mkdir(exist_ok=True)
    for path in folder.glob("[!.]*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name in (*parts(), "Procfile", "vendor"):
        _copy(ROOT / name, folder / name)
    shutil.copyfile(ROOT / "requirements-run.txt", folder / "requirements.txt")
    (folder / ".python-version").write_text(f"{PYTHON}\n")


def parts() -> Iterator[str]:
    """Yield what .dockerignore lets into the image, but for what installs."""
    rules = (ROOT / ".dockerignore").read_text()
    yield from (
        name for name in re.findall(r"^!(\S+)", rules, re.MULTILINE) if name not in LEFT_OUT
    )


def sizes_with_packages(folder: Path) -> tuple[float, float]:
    """Return the MB of the folder with its packages, as they lie there and packed."""
    with TemporaryDirectory() as packages, TemporaryFile() as packed:
        pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
        where = (f"--target={packages}", f"--requirement={folder / 'requirements.txt'}")
        subprocess.run([*pip, "install", *where], check=True)
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            archive.add(folder, "slug")
            archive.add(packages, "packages")
        return size_mb(folder) + size_mb(Path(packages)), packed.tell() / MEGABYTE


def size_mb(folder: Path) -> float:
    """Return how much the disk holds for a folder, in MB, without what has a dot before it."""
    below = (path for part in folder.glob("[!.]*") for path in (part, *part.rglob("*")))
    return sum(path.lstat().st_blocks * 512 for path in below) / MEGABYTE


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    else:
        shutil.copyfile(source, target)


if __name__ == "__main__":
    main()
