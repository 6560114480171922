"""One decoder as seen by the process that asks it: it answers in time, or is ended."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar

import numpy as np

from webapp.core.errors import (
    BusyError,
    EvenkeelError,
    MessageError,
    PictureError,
    SourceError,
)
from webapp.core.frame import Frame
from webapp.decoding.channel import Channel
from webapp.decoding.messages import (
    ERRORS,
    Beyond,
    Decoded,
    DecodePicture,
    Ended,
    FrameDecoded,
    GoOn,
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
from webapp.files.video_source import Until, never
from webapp.vision.video_facts import PLAUSIBLE_FPS

# How soon somebody who no longer wants the answer is noticed.
ASK_INTERVAL_S = 0.1
Answer = TypeVar("Answer", bound=Wire)


class DecoderProcess:
    """A process that decodes, its channel and its page."""

    def __init__(self, handle: int, channel: Channel, page: Page) -> None:
        """Take them over.

        Args:
            handle: the process as a descriptor.
        """
        self._handle, self.channel, self.page = handle, channel, page
        self.is_ended = False

    def end(self) -> None:
        """Kill the process and give back what it holds; again changes nothing."""
        if self.is_ended:
            return
        self.is_ended = True
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        os.close(self._handle)
        self.channel.close()
        self.page.close()


class Decoder:
    """Decodes one file at a time; one that took too long or broke down can be used no more."""

    def __init__(
        self,
        process: DecoderProcess,
        max_pixels: int,
        step_s: float,
        is_unwanted: Callable[[], bool],
    ) -> None:
        """Take over a process; see `Decoders.start`."""
        self._process, self._max_pixels, self._step_s = process, max_pixels, step_s
        self._is_unwanted = is_unwanted
        self._name, self._refusal = "", EvenkeelError

    @property
    def is_usable(self) -> bool:
        """Whether it can decode another file."""
        return not self._process.is_ended

    def picture(self, file: int, name: str) -> np.ndarray:
        """Decode a picture as `picture_files.decode_picture` does.

        Args:
            file: its descriptor.
            name: begins the error.

        Returns:
            (H, W, 3) uint8 BGR.

        Raises:
            PictureError: as there; or it takes too much time or memory.
            BusyError: it is unwanted.
        """
        self._name, self._refusal = f"{name}:", PictureError
        self.ask(DecodePicture(name, self._max_pixels), file)
        decoded = self.wait(Decoded)
        return self.page(decoded.height, decoded.width)

    def video(self, file: int, name: str) -> "DecodedVideo":
        """Open a video as `VideoFile` does; the decoder ends with it.

        Args:
            file: its descriptor, which may be closed afterwards.
            name: begins the error.

        Raises:
            SourceError, TooLargeError: as there; or it takes too much time or memory.
            BusyError: it is unwanted.
        """
        self._name, self._refusal = name, SourceError
        self.ask(OpenVideo(name, self._max_pixels), file)
        return DecodedVideo(self, name, self.wait(Opened))

    def ask(self, message: Wire, *descriptors: int) -> None:
        """Send a message, to which `wait` returns the answer."""
        # Who is gone cannot answer either, which `wait` reports.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._process.channel.send(message, descriptors)

    def wait(self, kind: type[Answer]) -> Answer:
        """Wait for an answer of a kind; see `wait_for_any`."""
        answer = self.wait_for_any()
        if not isinstance(answer, kind):
            raise self._broken()
        return answer

    def wait_for_any(self) -> Wire:
        """Wait for an answer.

        Raises:
            BusyError: it is unwanted, and ended.
            PictureError, SourceError, TooLargeError: the file is refused, or the decoder was ended
                since it took too long or broke down.
        """
        self._wait_until_ready()
        try:
            answer = self._process.channel.receive()
        except (EOFError, MessageError, OSError) as error:
            raise self._broken() from error
        if isinstance(answer, OutOfMemory):
            raise self._refusal(
                f"{self._name} needs more memory than a file of at most {self._max_pixels:,} "
                "pixels should. Export it again, as plain JPEG or MP4."
            )
        if isinstance(answer, Refused):
            raise ERRORS.get(answer.error, self._refusal)(answer.text)
        return answer

    def page(self, height: int, width: int) -> np.ndarray:
        """Return a copy of the picture that the decoder has laid out."""
        try:
            return self._process.page.take(height, width)
        except MessageError as error:
            raise self._broken() from error

    def close(self) -> None:
        """End the process; again changes nothing."""
        self._process.end()

    def _wait_until_ready(self) -> None:
        give_up_at_s = time.monotonic() + self._step_s
        while True:
            if self._is_unwanted():
                self.close()
                raise BusyError("The reading was cancelled. Hand the file in again.")
            if self._process.channel.is_ready(ASK_INTERVAL_S):
                return
            if time.monotonic() >= give_up_at_s:
                self.close()
                raise self._refusal(
                    f"{self._name} takes more than {self._step_s:g} s to decode, which no usual "
                    "file does. Export it again, as plain JPEG or MP4, or try when less goes on."
                )

    def _broken(self) -> EvenkeelError:
        self.close()
        return self._refusal(
            f"{self._name} broke the process that decodes it: it is damaged, or needs too much "
            "memory. Export it again, as plain JPEG or MP4."
        )


class DecodedVideo:
    """A video that a decoder reads; implements `video_source.VideoSource`."""

    def __init__(self, decoder: Decoder, name: str, opened: Opened) -> None:
        """Take over a decoder that has opened one."""
        self._decoder = decoder
        self.name, self.complaint, self.ended_s = name, "", 0.0
        # What a decoder says is only sums to come; no rate may break them.
        self.rate_fps = min(max(opened.rate_fps, PLAUSIBLE_FPS[0]), PLAUSIBLE_FPS[1])
        self.remark = opened.remark
        self.frame_count = opened.frame_count if (opened.frame_count or 0) > 0 else None

    def has_packets_beyond(self, time_s: float) -> bool:
        """Return whether a packet is later than a time; before `frames`. Raises as that."""
        self._decoder.ask(LookBeyond(float(time_s)))
        return self._decoder.wait(Beyond).is_beyond

    def frames(self, every: int = 1, until: Until = never) -> Iterator[Frame]:
        """Yield every n-th frame; see `VideoSource.frames`.

        Raises:
            SourceError, TooLargeError, BusyError: see `Decoder.wait_for_any`.
        """
        self._decoder.ask(ReadFrames(every))
        while not isinstance(answer := self._decoder.wait_for_any(), Ended):
            if isinstance(answer, Passed):
                if until(answer.time_s):
                    return
                self.ended_s = answer.time_s + 1 / self.rate_fps
            elif isinstance(answer, FrameDecoded):
                image_bgr = self._decoder.page(answer.height, answer.width)
                # The next frame is decoded while this one is analysed.
                self._decoder.ask(GoOn())
                yield Frame(image_bgr, answer.time_s, answer.number)
        self.ended_s, self.complaint = answer.ended_s, answer.complaint

    def close(self) -> None:
        """End the decoder."""
        self._decoder.close()
