"""The PyPI package `fer`, in an environment of its own: its needs and ours exclude each other.

python3 -m venv /some/place
/some/place/bin/pip install fer 'setuptools<81' 'opencv-contrib-python<5'
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from webapp.config import Settings


def comparison_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser of what every comparison on whole pictures asks for."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--wild", type=Path, required=True, help="class folders of whole pictures")
    parser.add_argument("--fer-python", type=Path, help="interpreter that can import fer")
    parser.add_argument("--every", type=int, default=1, help="take every n-th picture")
    parser.add_argument("--model", type=Path, default=Settings.model_dir)
    return parser


def run_fer(python: Path, script: str, *arguments: str, given: str = "") -> Any:
    """Run a script there.

    Args:
        python: that environment's interpreter.
        script: prints JSON as its last line.
        given: what the script reads from its standard input.

    Returns:
        What the script printed; ends the process where it failed.
    """
    command = [str(python), "-c", script, *arguments]
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True)
    except OSError as error:
        sys.exit(f"{python}: cannot be run ({error.strerror}); see benchmarks/fer_package.py.")
    if done.returncode:
        sys.exit(f"{python}: fer failed; see benchmarks/fer_package.py.\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])
