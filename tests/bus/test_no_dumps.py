"""Tests of processes that leave no core dump."""

import subprocess
import sys

CODE = """
import ctypes, resource
from webapp.bus.no_dumps import allow_no_dumps
PR_GET_DUMPABLE = 3
allow_no_dumps()
print(ctypes.CDLL(None).prctl(PR_GET_DUMPABLE), resource.getrlimit(resource.RLIMIT_CORE)[0])
"""


def test_no_dump_is_allowed_by_limit_or_by_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout == "0 0\n"
