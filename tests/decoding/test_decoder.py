"""Tests of decoders: what they read, and what becomes of those that take too much or lie."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from tests.decoding.hostile_files import png_chunks
from tests.decoding.processes import MAX_PIXELS, decoders_within, shared_decoders
from tests.files.pictures import animation, colour_files, corner_picture, encode, grey_files, turned
from tests.files.videos import write_cut_off, write_text, write_video, write_wrong_count
from webapp.core.errors import BusyError, EvenkeelError, PictureError, SourceError, TooLargeError
from webapp.decoding.channel import Channel, channel_ends
from webapp.decoding.decoder import Decoder, DecoderProcess
from webapp.decoding.decoders import DecoderLimits, Decoders
from webapp.decoding.messages import Decoded, Opened, Passed, Refused, Wire, to_bytes
from webapp.decoding.page import Page
from webapp.decoding.readers import PictureReader, open_decoded_video
from webapp.files.video_source import VideoFile
from webapp.vision.still_pictures import decode_picture

JPEG = encode(corner_picture(), "JPEG")


def decode(decoder: Decoder, data: bytes) -> np.ndarray:
    file = os.memfd_create("test")
    try:
        os.write(file, data)
        return decoder.picture(file, "a.jpg")
    finally:
        os.close(file)


def outcome(decode_with, *arguments: object) -> object:
    try:
        return decode_with(*arguments)
    except EvenkeelError as error:
        return type(error), str(error)


def test_pictures_of_every_format_are_what_they_are_in_this_process():
    files = [*colour_files().values(), *grey_files().values(), turned("TIFF", 6), turned("PNG", 6)]
    files += [
        b"",
        b"GIF8",
        JPEG[:300],
        animation("WEBP"),
        encode(Image.new("L", (400, 300)), "PNG"),
    ]
    with closing(shared_decoders().start()) as decoder:
        for data in files:
            here = outcome(decode_picture, data, "a.jpg", MAX_PIXELS)
            assert np.array_equal(outcome(decode, decoder, data), here)
        assert decoder.is_usable


@pytest.mark.parametrize(
    ("name", "codec"), [("a.avi", "MJPG"), ("b.mp4", "mp4v"), ("c.mp4", "vp09")]
)
@pytest.mark.parametrize("every", [1, 7])
def test_a_video_is_what_it_is_in_this_process(tmp_path, name, codec, every):
    path = write_video(tmp_path / name, codec)
    with closing(VideoFile.at(path)) as here:
        with closing(open_decoded_video(shared_decoders(), path)) as there:
            known = "name", "rate_fps", "frame_count"
            assert [getattr(there, each) for each in known] == [
                getattr(here, each) for each in known
            ]
            for ours, theirs in zip(here.frames(every), there.frames(every), strict=True):
                assert (ours.captured_at_s, ours.number) == (theirs.captured_at_s, theirs.number)
                assert np.array_equal(ours.image_bgr, theirs.image_bgr)
        assert (there.ended_s, there.complaint) == (here.ended_s, here.complaint)


def test_a_complaint_comes_through(tmp_path):
    path = write_wrong_count(tmp_path / "clip.avi", promised=300)
    with closing(open_decoded_video(shared_decoders(), path)) as video:
        assert video.has_packets_beyond(2) and not video.has_packets_beyond(3)
        assert len(list(video.frames())) == 30
    assert "its header promises 300" in video.complaint


def test_every_picture_is_asked_whether_it_is_the_end(tmp_path):
    asked_s = []

    def until(time_s: float) -> bool:
        asked_s.append(time_s)
        return time_s > 0.45

    path = write_video(tmp_path / "clip.avi")
    with closing(open_decoded_video(shared_decoders(), path)) as video:
        assert [frame.number for frame in video.frames(100, until)] == [0]
    assert asked_s == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])


def test_what_is_no_video_is_refused_as_in_this_process(tmp_path):
    large = write_video(tmp_path / "large.avi", size_wh=(400, 300))
    for path in (write_cut_off(tmp_path / "a.mp4"), write_text(tmp_path / "b.mp4"), large):
        with pytest.raises((SourceError, TooLargeError)) as here:
            VideoFile.at(path, max_pixels=MAX_PIXELS)
        with pytest.raises(type(here.value)) as there:
            open_decoded_video(shared_decoders(), path)
        assert str(there.value) == str(here.value)


def test_a_file_that_takes_too_long_is_ended_and_the_next_one_read(tmp_path):
    (tmp_path / "slow.png").write_bytes(png_chunks(40_000_000))
    (tmp_path / "next.jpg").write_bytes(JPEG)
    message = r"slow\.png: takes more than 0\.5 s to decode"
    with closing(PictureReader(decoders_within(DecoderLimits(MAX_PIXELS, step_s=0.5)))) as read:
        with pytest.raises(PictureError, match=message):
            read(tmp_path / "slow.png")
        # The next one is quick, but not on every machine.
        object.__setattr__(read._decoders.limits, "step_s", 20.0)
        assert read(tmp_path / "next.jpg").shape == (40, 60, 3)


@dataclass(frozen=True)
class LittleMemory(DecoderLimits):
    most_bytes = 110 * 2**20


def test_a_file_that_takes_too_much_memory_is_refused():
    limits = LittleMemory(50_000_000)
    with closing(decoders_within(limits).start()) as decoder:
        with pytest.raises(PictureError, match=r"^a\.jpg: needs more memory than"):
            decode(decoder, encode(Image.new("L", (7000, 7000)), "PNG"))
        assert decode(decoder, JPEG).shape == (40, 60, 3)


def test_what_nobody_wants_any_more_is_ended_at_once():
    answers = iter([False, False, True])
    decoder = shared_decoders().start(lambda: next(answers))
    with pytest.raises(BusyError):
        decode(decoder, png_chunks(40_000_000))
    assert not decoder.is_usable


def test_a_process_that_was_ended_is_replaced():
    decoders = shared_decoders()
    with closing(decoders.start()) as orphan:
        decoders._template._process.kill()
        decoders._template._process.wait()
        # Whoever was forked from it goes with it.
        with pytest.raises(PictureError, match="broke the process"):
            decode(orphan, JPEG)
    with closing(decoders.start()) as decoder:
        assert decode(decoder, JPEG).shape == (40, 60, 3)


@contextmanager
def lying_decoder(*answers: Wire | bytes) -> Iterator[Decoder]:
    """A decoder that has answered before it was asked."""
    ours, theirs = channel_ends()
    with theirs, subprocess.Popen(["sleep", "60"]) as sleeper:
        for answer in answers:
            theirs.send(answer if isinstance(answer, bytes) else to_bytes(answer))
        theirs.shutdown(socket.SHUT_WR)
        process = DecoderProcess(os.pidfd_open(sleeper.pid), Channel(ours), Page.of(MAX_PIXELS))
        with closing(Decoder(process, MAX_PIXELS, 5.0, lambda: False)) as decoder:
            yield decoder


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [b"\x80\x04pickled"],
        [b"x" * 100_000],
        [Passed(1.0)],
        [Decoded(1000, 1000)],
        [Decoded(-1, -1)],
    ],
    ids=["none", "no message", "long", "another", "larger than the page", "negative"],
)
def test_a_decoder_that_lies_is_ended(answers):
    with lying_decoder(*answers) as decoder:
        with pytest.raises(PictureError, match=r"^a\.jpg: broke the process"):
            decode(decoder, JPEG)
        assert not decoder.is_usable


def test_an_unknown_error_is_one_of_the_file():
    lie = Refused("SystemExit", "a.jpg: no")
    with lying_decoder(lie) as decoder, pytest.raises(PictureError, match="no"):
        decode(decoder, JPEG)


def test_impossible_rates_and_counts_break_no_sum():
    with lying_decoder(Opened(0.0, -5, "")) as decoder:
        video = decoder.video(0, "clip")
        assert video.rate_fps > 0 and video.frame_count is None


def test_no_process_starts_before_it_is_needed():
    decoders = Decoders(DecoderLimits(MAX_PIXELS))
    assert decoders._template is None
    decoders.close()
