"""The process that every decoder is forked from: it has loaded the libraries and sees no file.

A decoder so begins in milliseconds, and each file can have one of its own. It is no fork of the
process that asks, whose threads and secrets it must not inherit.
"""

import gc
import os
import signal
import socket
import sys
from contextlib import suppress

from PIL import Image

from webapp.bus.no_dumps import allow_no_dumps
from webapp.core.errors import EvenkeelError
from webapp.decoding.channel import Channel
from webapp.decoding.child import FilesInTurn
from webapp.decoding.confinement import confine, leave_the_network
from webapp.decoding.messages import StartDecoder, Started
from webapp.decoding.page import Page
from webapp.vision.backends import silence_pillow, silence_video, use_one_core
from webapp.vision.still_pictures import decode_picture


def main() -> None:
    """Fork decoders for the process at the other end of a socket until that is gone."""
    # A Ctrl-C in the terminal is for the command, which completes its files.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    leave_the_network()
    allow_no_dumps()
    _load_all()
    channel = Channel(socket.socket(fileno=int(sys.argv[1])))
    decoders = _Forked()
    with suppress(EOFError):
        while True:
            asked, descriptors = channel.receive_with(2)
            if isinstance(asked, StartDecoder):
                decoders.add(channel, asked, *descriptors)
    decoders.end()


class _Forked:
    """The decoders that are not waited for yet; that counts their time as ours and our parent's."""

    def __init__(self) -> None:
        self._processes: set[int] = set()
        signal.signal(signal.SIGCHLD, lambda *_: self._reap(os.WNOHANG))

    def add(self, channel: Channel, asked: StartDecoder, end: int, page: int) -> None:
        """Fork one and tell who asked."""
        template = os.getpid()
        process = os.fork()
        if not process:
            try:
                _decode(asked.most_bytes, end, page, template)
            finally:
                os._exit(0)
        self._processes.add(process)
        handle = os.pidfd_open(process)
        channel.send(Started(), [handle])
        for descriptor in (handle, end, page):
            os.close(descriptor)

    def end(self) -> None:
        """Kill what is left."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for process in self._processes:
            os.kill(process, signal.SIGKILL)
        self._reap(0)

    def _reap(self, options: int) -> None:
        with suppress(ChildProcessError):
            while (process := os.waitpid(-1, options)[0]) > 0:
                self._processes.discard(process)


def _decode(most_bytes: int, end: int, page: int, template: int) -> None:
    mapped = Page(page)
    confine(most_bytes, kept={end})
    # It may have ended before `confine` asked to go with it.
    if os.getppid() != template:
        return
    FilesInTurn(Channel(socket.socket(fileno=end)), mapped).serve()


def _load_all() -> None:
    """Load what the libraries load at first use: a decoder could open none of it any more."""
    use_one_core()
    silence_pillow()
    silence_video()
    Image.init()
    with suppress(EvenkeelError):
        decode_picture(b"no picture", "", max_pixels=1)
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    main()
