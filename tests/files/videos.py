"""Small videos, whole and broken, made as a test needs them."""

import os
import resource
import struct
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from tests.cameras.fakes import FakeClassifier, FakeDetector, crop
from webapp.cameras.analysis import FaceModels
from webapp.vision.backends import silence_video

SIZE_WH = (64, 48)
RATE_FPS = 10
FRAMES = 30
NOBODY = 65534


def write_video(path: Path, codec: str = "MJPG", frames: int = FRAMES, size_wh=SIZE_WH) -> Path:
    """Write frames that grow brighter; MJPG fits .avi, mp4v fits .mp4."""
    silence_video()
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), RATE_FPS, size_wh)
    assert writer.isOpened()
    for number in range(frames):
        writer.write(picture(number, size_wh))
    writer.release()
    return path


def picture(number: int, size_wh=SIZE_WH) -> np.ndarray:
    """Return a grey picture whose brightness encodes its number."""
    return np.full((size_wh[1], size_wh[0], 3), number * 8 % 256, np.uint8)


def write_cut_off(path: Path) -> Path:
    """Write an MP4 whose index, at its end, is missing."""
    whole = write_video(path, "mp4v").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def write_wrong_count(path: Path, promised: int, frames: int = FRAMES) -> Path:
    """Write an AVI whose two headers promise another number of frames."""
    content = bytearray(write_video(path, frames=frames).read_bytes())
    for header, offset in ((b"avih", 24), (b"strh", 40)):
        at = content.find(header) + offset
        content[at : at + 4] = struct.pack("<I", promised)
    path.write_bytes(content)
    return path


def write_pixel_aspect(path: Path, width: int, height: int) -> Path:
    """Write an MP4 whose pixels are so wide and high: a `pasp` box (ISO/IEC 14496-12, 12.1.4)."""
    content = bytearray(write_video(path, "mp4v").read_bytes())
    box = struct.pack(">I4sII", 16, b"pasp", width, height)
    inside = content.find(b"mp4v", content.find(b"stsd"))
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"mp4v"):
        at = content.rfind(name, 0, inside + 4) - 4
        size = struct.unpack_from(">I", content, at)[0]
        struct.pack_into(">I", content, at, size + len(box))
    # Behind what the entry has already; the index stands behind the pictures, so none moves.
    end = inside - 4 + size
    path.write_bytes(content[:end] + box + content[end:])
    return path


def write_rate(path: Path, fps: int) -> Path:
    """Write an AVI whose header gives another rate."""
    content = bytearray(write_video(path).read_bytes())
    struct.pack_into("<II", content, content.find(b"strh") + 28, 1, fps)
    path.write_bytes(content)
    return path


def write_sound_with_cover(path: Path) -> Path:
    """Write half a second of silence as MP3, with a picture before it (ID3v2.3)."""
    jpeg = cv2.imencode(".jpg", picture(9))[1].tobytes()
    tag = b"\0image/jpeg\0\3\0" + jpeg
    frame = b"APIC" + struct.pack(">IH", len(tag), 0) + tag
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    # MPEG-1 layer III, 128 kbit/s at 44.1 kHz: 417 bytes a frame.
    sound = (b"\xff\xfb\x90\xc4" + bytes(413)) * 20
    path.write_bytes(b"ID3\3\0\0" + size + frame + sound)
    return path


def write_changing_size(path: Path) -> Path:
    """Write an MJPEG stream, without any header, whose pictures grow in the middle."""
    sizes = [SIZE_WH] * 10 + [(96, 80)] * 10
    pictures = [cv2.imencode(".jpg", picture(n, size))[1] for n, size in enumerate(sizes)]
    path.write_bytes(b"".join(encoded.tobytes() for encoded in pictures))
    return path


def write_sound(path: Path) -> Path:
    """Write a second of silence."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    return path


def write_noise(path: Path) -> Path:
    """Write bytes of no format."""
    path.write_bytes(np.random.default_rng(0).bytes(5000))
    return path


def write_text(path: Path) -> Path:
    """Write what is no video."""
    path.write_text("not a video")
    return path


def write_nothing(path: Path) -> Path:
    """Write an empty file."""
    path.touch()
    return path


def frame_count(path: Path) -> int:
    """Count the frames that can be read."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames = 0
    while capture.grab():
        frames += 1
    capture.release()
    return frames


@contextmanager
def not_root() -> Iterator[None]:
    """Root may read and write everything, so be somebody else for a while."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def full_disk(after_bytes: int) -> Iterator[None]:
    """Let every file end at a size, as a full disk does."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (after_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def load_models() -> FaceModels:
    """Return a reader that sees one face, mostly angry, in every picture."""
    return FaceModels(FakeDetector(1), crop, FakeClassifier(), ("angry",))
