"""The logic of the browser's scripts, by node's own test runner."""

import os
import subprocess

import pytest

from tests.services import require_or_skip
from webapp.config import ROOT

PASSED = "✔"


def test_the_scripts_of_the_browser() -> None:
    packages = ROOT / "node_modules" / "uplot"
    require_or_skip("node_modules/uplot (make test fetches it)", packages.exists())
    command = ["tools/node", "--test", "--test-reporter=spec", "tests/js/all.js"]
    # The reader's own clock: neither UTC nor the server's zone, and it changes twice a year.
    environment = os.environ | {"TZ": "Europe/Rome"}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if run.returncode:
        lines = [line for line in run.stdout.splitlines() if not line.lstrip().startswith(PASSED)]
        pytest.fail("\n".join([*lines, run.stderr]), pytrace=False)
