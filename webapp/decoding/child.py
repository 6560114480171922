"""What a decoder does: decodes the files it is handed, one after the other."""

import os
from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO

import numpy as np

from webapp.core.errors import EvenkeelError
from webapp.decoding.channel import Channel
from webapp.decoding.messages import (
    Beyond,
    Decoded,
    DecodePicture,
    Ended,
    FrameDecoded,
    LookBeyond,
    Opened,
    OpenVideo,
    OutOfMemory,
    Passed,
    ReadFrames,
    Refused,
    Wire,
)
from webapp.decoding.page import Page
from webapp.files.video_packets import has_packets_beyond
from webapp.files.video_source import VideoFile
from webapp.vision.file_bytes import FileBytes
from webapp.vision.still_pictures import decode_picture


class FilesInTurn:
    """Serves one asker until that one is gone, which ends it with an EOFError."""

    def __init__(self, channel: Channel, page: Page) -> None:
        self._channel, self._page = channel, page

    def serve(self) -> None:
        """Decode a file after the other."""
        while True:
            asked, (descriptor,) = self._channel.receive_with(1)
            with os.fdopen(descriptor, "rb", buffering=0) as file:
                for answer in self._answers(asked, file):
                    self._channel.send(answer)

    def _answers(self, asked: Wire, file: BinaryIO) -> Iterator[Wire]:
        try:
            if isinstance(asked, DecodePicture):
                yield self._picture(asked, file)
            elif isinstance(asked, OpenVideo):
                yield from self._video(asked, file)
        except MemoryError:
            yield OutOfMemory()
        except EvenkeelError as error:
            yield Refused(type(error).__name__, str(error))

    def _picture(self, asked: DecodePicture, file: BinaryIO) -> Decoded:
        data = FileBytes(file.fileno()).read()
        return Decoded(*self._lay_out(decode_picture(data, asked.name, asked.max_pixels)))

    def _video(self, asked: OpenVideo, file: BinaryIO) -> Iterator[Wire]:
        with closing(VideoFile(file, asked.name, asked.max_pixels)) as video:
            yield Opened(video.rate_fps, video.frame_count, video.remark)
            while not isinstance(wanted := self._channel.receive(), ReadFrames):
                if isinstance(wanted, LookBeyond):
                    yield Beyond(has_packets_beyond(file, wanted.time_s))
            yield from self._frames(video, wanted.every)
            yield Ended(video.ended_s, video.complaint)

    def _frames(self, video: VideoFile, every: int) -> Iterator[FrameDecoded]:
        """Yield one frame ahead of what is asked for: the other side computes meanwhile."""

        def pass_by(time_s: float) -> bool:
            self._channel.send(Passed(time_s))
            return False

        is_page_taken = True
        for frame in video.frames(every, pass_by):
            if not is_page_taken:
                self._channel.receive()
            shape = self._lay_out(frame.image_bgr)
            yield FrameDecoded(*shape, frame.captured_at_s, frame.number)
            is_page_taken = False

    def _lay_out(self, image_bgr: np.ndarray) -> tuple[int, int]:
        self._page.put(image_bgr)
        return image_bgr.shape[0], image_bgr.shape[1]
