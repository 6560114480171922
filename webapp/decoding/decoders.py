"""Starts decoders, each a process of its own that can be ended at any moment."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import webapp
from webapp.core.errors import DecoderError, MessageError
from webapp.decoding.channel import Channel, channel_ends
from webapp.decoding.decoder import Decoder, DecoderProcess
from webapp.decoding.messages import StartDecoder
from webapp.decoding.page import Page

CODE = Path(webapp.__file__).parent.parent
TEMPLATE = "webapp.decoding.template"
READY_WITHIN_S, END_WITHIN_S = 60.0, 1.0
# Twice what the worst picture took that is read: transparent, turned, of 16 bits per channel.
BYTES_PER_PIXEL = 24
# What the libraries hold before they see a file, and what small files with much beside their
# pixels need.
SPARE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class DecoderLimits:
    """What the decoding of a file may take.

    Attributes:
        max_pixels: of a picture, width times height.
        step_s: for a picture, for the beginning of a video, and for each of its frames.
    """

    max_pixels: int
    step_s: float = 30.0

    @property
    def most_bytes(self) -> int:
        """Memory of a decoder."""
        return SPARE_BYTES + BYTES_PER_PIXEL * self.max_pixels


class Decoders:
    """Starts decoders, from any thread, by forking a process that has loaded the libraries.

    Attributes:
        limits: of each of them.
    """

    def __init__(self, limits: DecoderLimits) -> None:
        """Prepare; no process runs before `prepare` or `start`."""
        self.limits = limits
        self._lock = threading.Lock()
        self._template: _Template | None = None

    def prepare(self) -> None:
        """Begin to load the libraries, and do not wait for that."""
        with self._lock:
            if self._template and self._template.is_over:
                self._drop_template()
            self._template = self._template or _Template()

    def start(self, is_unwanted: Callable[[], bool] = lambda: False) -> Decoder:
        """Start a decoder, which must be closed.

        Args:
            is_unwanted: asked while the decoder works, in the thread that waits for it; ends it.

        Raises:
            DecoderError: the system lets no process be started.
        """
        self.prepare()
        with self._lock:
            assert self._template
            try:
                process = self._template.fork(self.limits)
            except (OSError, EOFError, MessageError) as error:
                self._drop_template()
                raise DecoderError(
                    f"No process to decode files can be started ({error!r}). Check that there is "
                    "memory, and that more processes and open files are allowed."
                ) from error
        return Decoder(process, self.limits.max_pixels, self.limits.step_s, is_unwanted)

    def close(self) -> None:
        """End every process; again changes nothing."""
        with self._lock:
            self._drop_template()

    def _drop_template(self) -> None:
        if self._template:
            self._template.close()
        self._template = None


class _Template:
    """The process of `template.py`, as seen from here."""

    def __init__(self) -> None:
        ours, theirs = channel_ends()
        self._channel = Channel(ours)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", TEMPLATE, str(theirs.fileno())],
                cwd=CODE,
                # Nothing of our environment, which holds passwords.
                env={"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    @property
    def is_over(self) -> bool:
        """Whether somebody ended it, such as a system short of memory."""
        return self._process.poll() is not None

    def fork(self, limits: DecoderLimits) -> DecoderProcess:
        """Return a new decoder; raises OSError, EOFError or MessageError."""
        page = Page.of(limits.max_pixels)
        ours, theirs = channel_ends()
        try:
            with theirs:
                return DecoderProcess(self._started(limits, theirs, page), Channel(ours), page)
        except BaseException:
            ours.close()
            page.close()
            raise

    def _started(self, limits: DecoderLimits, end: socket.socket, page: Page) -> int:
        self._channel.send(StartDecoder(limits.most_bytes), [end.fileno(), page.fileno()])
        if not self._channel.is_ready(READY_WITHIN_S):
            raise TimeoutError(f"no answer within {READY_WITHIN_S:g} s")
        return self._channel.receive_with(1)[1][0]

    def close(self) -> None:
        """End it, and with it whatever it forked."""
        self._channel.close()
        try:
            self._process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
