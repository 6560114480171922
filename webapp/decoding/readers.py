"""Reads the operator's own files in decoders: pictures one after the other, and videos."""

import threading
from pathlib import Path

import numpy as np

from webapp.decoding.decoder import DecodedVideo, Decoder
from webapp.decoding.decoders import Decoders
from webapp.files.picture_files import open_picture
from webapp.files.video_source import open_video_file


class PictureReader:
    """Reads pictures in one process while that lasts, then in another; any thread may ask."""

    def __init__(self, decoders: Decoders) -> None:
        """Prepare; no process is started."""
        self._decoders, self._lock = decoders, threading.Lock()
        self._decoder: Decoder | None = None

    def __call__(self, path: Path) -> np.ndarray:
        """Read a picture.

        Returns:
            (H, W, 3) uint8 BGR.

        Raises:
            PictureError: it cannot be read, or takes too much time or memory.
            DecoderError: no process can be started.
        """
        with open_picture(path, self._decoders.limits.max_pixels) as file, self._lock:
            return self._usable_decoder().picture(file.fileno(), str(path))

    def _usable_decoder(self) -> Decoder:
        if self._decoder is None or not self._decoder.is_usable:
            self._decoder = self._decoders.start()
        return self._decoder

    def close(self) -> None:
        """End the process; again changes nothing."""
        if self._decoder:
            self._decoder.close()


def open_decoded_video(decoders: Decoders, path: Path) -> DecodedVideo:
    """Open a video file in a process of its own.

    Raises:
        SourceError, TooLargeError: it cannot be read, or takes too much time or memory.
        DecoderError: no process can be started.
    """
    with open_video_file(path, str(path)) as file:
        decoder = decoders.start()
        try:
            return decoder.video(file.fileno(), str(path))
        except BaseException:
            decoder.close()
            raise
