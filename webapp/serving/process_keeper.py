"""Starts a process behind the web process, watches it, and starts it again when it ends or hangs.

A process outlives the web process that started it: the next one connects to it. It ends when it is
told to, and when the lifeline ends, which gunicorn's processes hold together.
"""

import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from webapp.bus.link import Link
from webapp.bus.local_link import LocalLink
from webapp.core.backoff import Backoff
from webapp.core.process_report import ProcessReport, ProcessStatus

logger = logging.getLogger(__name__)
# Libraries, network and database, on a busy machine.
STARTED_WITHIN_S = 60.0
# A process says something every half second.
SILENT_S = 10.0
ENDED_WITHIN_S = 1.2
LOOK_EVERY_S = 0.05
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 10.0
CREDENTIALS = struct.Struct("3i")


class Peer(Protocol):
    """The other side of a process, in the web process."""

    heard_at_s: float
    """When the process last said something, monotonic."""
    report: ProcessReport | None
    """How it is doing, as last said; None while it is away."""

    def serve(self, link: Link) -> None:
        """Take what the process says until it is gone."""
        ...

    def request_stop(self) -> None:
        """Ask the process to end; returns at once."""
        ...


@dataclass(frozen=True)
class ProcessPlan:
    """What to start.

    Attributes:
        name: in the log.
        arguments: of Python, up to the lifeline.
        env: returns its environment, at each start.
        address: where it listens.
        lifeline: reading end of a pipe that it ends with.
        locks: descriptors that it only holds.
    """

    name: str
    arguments: Sequence[str]
    env: Callable[[], Mapping[str, str]]
    address: Path
    lifeline: int
    locks: Sequence[int] = ()


class ProcessKeeper:
    """Keeps one process running and connected.

    Attributes:
        restarts: how often it was started again.
    """

    def __init__(self, plan: ProcessPlan, peer: Peer) -> None:
        """Prepare; nothing is started before `run`."""
        self._plan, self._peer = plan, peer
        self._stop = threading.Event()
        self._process_id = 0
        self.restarts = 0
        # None where a web process before this one started it.
        self._started_here: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Start, connect, watch and start again until stopped."""
        backoff = Backoff(FIRST_WAIT_S, LONGEST_WAIT_S)
        while not self._stop.is_set():
            end = self._connected() or self._started()
            if end is None:
                self._stop.wait(backoff.failed())
                continue
            began_at_s = time.monotonic()
            self._serve(end)
            if time.monotonic() - began_at_s > SILENT_S:
                backoff.succeeded()
            if not self._stop.is_set():
                self.restarts += 1
                logger.warning("%s is gone; it is started again", self._plan.name)
                self._stop.wait(backoff.failed())

    def status(self) -> ProcessStatus:
        """Return how the process is doing."""
        return ProcessStatus(self._plan.name, self._peer.report, self.restarts)

    def request_stop(self) -> None:
        """Ask the process to end, and do not start it again; returns at once."""
        self._stop.set()
        self._peer.request_stop()

    def join(self, deadline_s: float) -> None:
        """Wait for the process until a monotonic time, then kill it."""
        while self._process_id and self._runs():
            if time.monotonic() >= deadline_s:
                logger.warning("%s did not end in time and is killed", self._plan.name)
                return self._kill()
            time.sleep(LOOK_EVERY_S)

    def _serve(self, end: socket.socket) -> None:
        self._process_id = _peer_process(end)
        if self._started_here and self._started_here.pid != self._process_id:
            self._started_here = None
        link = LocalLink(end, self._plan.name)
        server = threading.Thread(target=self._peer.serve, args=(link,), daemon=True)
        self._peer.heard_at_s = time.monotonic()
        server.start()
        while server.is_alive():
            server.join(1.0)
            if time.monotonic() - self._peer.heard_at_s > SILENT_S:
                logger.error("%s says nothing any more and is killed", self._plan.name)
                self._kill()
                link.close()

    def _connected(self) -> socket.socket | None:
        end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            end.connect(str(self._plan.address))
            return end
        except OSError:
            end.close()
            return None

    def _started(self) -> socket.socket | None:
        plan = self._plan
        if self._started_here:
            # It may hang on its way out; two at one camera would be worse.
            self._kill()
        try:
            process = self._started_here = subprocess.Popen(
                [sys.executable, *plan.arguments],
                env=dict(plan.env()),
                pass_fds=[plan.lifeline, *plan.locks],
                # A signal to the terminal's group is for the server, which passes on what it means.
                start_new_session=True,
            )
        except OSError as error:
            # Such as too little memory, or too many processes, for now.
            logger.error("%s could not be started (%s); it is tried again", plan.name, error)
            return None
        deadline_s = time.monotonic() + STARTED_WITHIN_S
        while process.poll() is None and time.monotonic() < deadline_s:
            end = self._connected()
            if end or self._stop.wait(LOOK_EVERY_S):
                return end
        process.kill()
        process.wait()
        logger.error("%s did not start; it is tried again", plan.name)
        return None

    def _runs(self) -> bool:
        if self._started_here:
            return self._started_here.poll() is None
        try:
            stat = Path(f"/proc/{self._process_id}/stat").read_text()
        except OSError:
            return False
        # One that has ended may wait for whoever took it over from its parent.
        return stat.rpartition(")")[2].split()[0] != "Z"

    def _kill(self) -> None:
        if self._started_here:
            self._started_here.kill()
            self._started_here.wait()
            self._started_here = None
            return
        with suppress(ProcessLookupError):
            os.kill(self._process_id, signal.SIGKILL)


def _peer_process(end: socket.socket) -> int:
    found = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    return int(CREDENTIALS.unpack(found)[0])
