"""A camera that speaks RTSP as Debian's GStreamer does, which a test can mute and kill."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.gunicorn_server import free_port
from tests.patience import PATIENCE_S
from tests.services import require_or_skip

# Debian's packages are for Debian's Python.
PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).with_name("gst_rtsp.py")
IS_THERE = (
    "import gi; [gi.require_version(name, '1.0') for name in ('Gst', 'GstRtspServer')]; "
    "from gi.repository import Gst; Gst.init(None); "
    "assert Gst.ElementFactory.find('x264enc') and Gst.ElementFactory.find('rtph264pay')"
)


class RtspServer:
    """Sends white pictures of 320×240 in H.264 over TCP; `gst_rtsp.py` lists the paths."""

    def __init__(self) -> None:
        self._port = free_port()
        self._process: subprocess.Popen[str] | None = None

    def url(self, path: str, credentials: str = "") -> str:
        """Return the address of a stream."""
        return f"rtsp://{credentials}{'@' if credentials else ''}127.0.0.1:{self._port}{path}"

    def start(self) -> None:
        """Listen; returns once it does."""
        self._process = subprocess.Popen(
            [PYTHON, str(SCRIPT), str(self._port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout and self._process.stdout.readline() == "ready\n"

    def mute(self) -> None:
        """Send no pictures any more, and close nothing."""
        assert self._process and self._process.stdin
        self._process.stdin.write("mute\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process:
            self._process.kill()
            self._process.communicate(timeout=PATIENCE_S)
            self._process = None


@contextmanager
def rtsp_server() -> Iterator[RtspServer]:
    """Run one while the block lasts; skip the test where GStreamer's is not installed."""
    require_or_skip("GStreamer's RTSP server", _is_installed())
    server = RtspServer()
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _is_installed() -> bool:
    command = [PYTHON, "-c", IS_THERE]
    return Path(PYTHON).exists() and not subprocess.run(command, capture_output=True).returncode
