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

from webapp.core.errors import EvenkeelError
from webapp.decoding.channel import Channel
from webapp.decoding.child import FilesInTurn
from webapp.decoding.confinement import confine, leave_the_network
from webapp.decoding.messages import StartDecoder, Started
from webapp.decoding.page import Page
from webapp.files.picture_files import decode_picture
from webapp.vision.backends import silence_pillow, silence_video, use_one_core


def main() -> None:
    """Fork decoders for the process at the other end of a socket until that is gone."""
    # A Ctrl-C in the terminal is for the command, which completes its files.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Nobody waits for a decoder: the system takes it away.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    leave_the_network()
    _load_all()
    channel = Channel(socket.socket(fileno=int(sys.argv[1])))
    with suppress(EOFError):
        while True:
            asked, descriptors = channel.receive_with(2)
            if isinstance(asked, StartDecoder):
                _fork(channel, asked, *descriptors)


def _fork(channel: Channel, asked: StartDecoder, end: int, page: int) -> None:
    process = os.fork()
    if not process:
        try:
            _decode(asked.most_bytes, end, page)
        finally:
            os._exit(0)
    handle = os.pidfd_open(process)
    channel.send(Started(), [handle])
    for descriptor in (handle, end, page):
        os.close(descriptor)


def _decode(most_bytes: int, end: int, page: int) -> None:
    mapped = Page(page)
    confine(most_bytes, kept={end})
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
