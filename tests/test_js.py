"""The logic of the browser's scripts, by node's own test runner."""

import os
import subprocess

import pytest

from webapp.config import ROOT

FAILURES = "failing tests:"


def test_the_scripts_of_the_browser() -> None:
    command = ["tools/node", "--test", "--test-reporter=spec", "tests/js/all.js"]
    # The reader's own clock: neither UTC nor the server's zone, and it changes twice a year.
    environment = os.environ | {"TZ": "Europe/Rome"}
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if run.returncode:
        pytest.fail(run.stdout.split(FAILURES)[-1] + run.stderr, pytrace=False)
