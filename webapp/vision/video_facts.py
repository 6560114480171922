"""What a video says of itself, and how much of that can be believed: its shape, rate and length."""

from dataclasses import dataclass

import cv2
import numpy as np

# Time-lapse has less than one frame a second. More than this is a slip of the header: cameras that
# are quicker write what they saw at an ordinary rate.
PLAUSIBLE_FPS = (0.01, 240.0)
DEFAULT_FPS = 25.0
# A pixel that is wider or taller than this is a slip, too.
MOST_PIXEL_ASPECT = 10.0
# FFmpeg gives the cover picture of a sound file the ticks of its clock as a rate.
COVER_FPS = 90_000.0
SOUND = "sound with a cover picture, not a video"
STILL_CODECS = ("MJPG", "MPNG", "png ", "GIF ", "gif ", "bmp ", "BMP ", "WEBP")
# Files without an index give nonsense such as -2e14.
MOST_FRAMES = 1e9


@dataclass(frozen=True)
class VideoFacts:
    """What is known of an opened video.

    Attributes:
        size_wh: of its pictures in pixels, made square.
        pixel_aspect: width over height of a pixel as it is stored and turned.
        rate_fps: pictures a second.
        is_rate_known: whether the file says `rate_fps`, and something possible.
        frame_count: how many pictures its header promises, None where it does not.
        is_recording: whether it has an end, as far as its header says.
        is_cover: whether it is the picture on a sound file, not a video.
    """

    size_wh: tuple[int, int]
    pixel_aspect: float
    rate_fps: float
    is_rate_known: bool
    frame_count: int | None
    is_recording: bool
    is_cover: bool

    @property
    def least_step_s(self) -> float:
        """The least time between two pictures that is believed."""
        return 0.0 if self.is_rate_known else 1.0 / PLAUSIBLE_FPS[1]

    def squared(self, image: np.ndarray) -> np.ndarray:
        """Return a picture as it is meant to be seen: none of its pixels is lost."""
        if self.pixel_aspect == 1.0:
            return image
        size_wh = squared_size(image.shape[1::-1], self.pixel_aspect)
        return cv2.resize(image, size_wh, interpolation=cv2.INTER_LINEAR)


def facts_of(capture: cv2.VideoCapture) -> VideoFacts:
    """Ask FFmpeg what it knows of an opened video; nothing is decoded."""
    read = capture.get
    rate_fps, (least, most) = read(cv2.CAP_PROP_FPS), PLAUSIBLE_FPS
    is_rate_known = least <= rate_fps <= most
    frames = read(cv2.CAP_PROP_FRAME_COUNT)
    is_recording = 0 < frames < MOST_FRAMES
    stored_wh = int(read(cv2.CAP_PROP_FRAME_WIDTH)), int(read(cv2.CAP_PROP_FRAME_HEIGHT))
    pixel_aspect = _pixel_aspect(capture)
    return VideoFacts(
        size_wh=squared_size(stored_wh, pixel_aspect),
        pixel_aspect=pixel_aspect,
        rate_fps=rate_fps if is_rate_known else DEFAULT_FPS,
        is_rate_known=is_rate_known,
        # Where the rate is wrong, so is a count that was computed from it.
        frame_count=int(frames) if is_rate_known and is_recording else None,
        is_recording=is_recording,
        is_cover=rate_fps >= COVER_FPS and _codec(capture) in STILL_CODECS,
    )


def squared_size(size_wh: tuple[int, int], pixel_aspect: float) -> tuple[int, int]:
    """Return the size of a picture whose pixels are made square by widening its narrow side."""
    width, height = size_wh
    if pixel_aspect >= 1.0:
        return round(width * pixel_aspect), height
    return width, round(height / pixel_aspect)


def _pixel_aspect(capture: cv2.VideoCapture) -> float:
    width, height = capture.get(cv2.CAP_PROP_SAR_NUM), capture.get(cv2.CAP_PROP_SAR_DEN)
    if width <= 0 or height <= 0:
        return 1.0
    is_on_its_side = round(capture.get(cv2.CAP_PROP_ORIENTATION_META)) % 180 == 90
    aspect = height / width if is_on_its_side else width / height
    return aspect if 1 / MOST_PIXEL_ASPECT <= aspect <= MOST_PIXEL_ASPECT else 1.0


def _codec(capture: cv2.VideoCapture) -> str:
    code = int(capture.get(cv2.CAP_PROP_FOURCC))
    return code.to_bytes(4, "little", signed=code < 0).decode("latin-1")
