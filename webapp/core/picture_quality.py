"""How large and how fine a picture of the stream is, and for whom."""

from dataclasses import dataclass, replace

WIDTHS_PX = (960, 640, 320)
JPEG_QUALITIES = (80, 70, 50)
REDUCED_WIDTH_PX, REDUCED_JPEG = 640, 50


@dataclass(frozen=True)
class PictureQuality:
    """One of few, since each that is watched is encoded once.

    Attributes:
        width_px: pictures that are wider are shrunk to it; None leaves them as they are.
        jpeg: of the encoder, 0-100.
        is_for_viewers: whether it shows no more than viewers may see.
    """

    width_px: int | None = None
    jpeg: int = JPEG_QUALITIES[0]
    is_for_viewers: bool = False


FULL = PictureQuality()

# What overviews of many cameras show of each, about once a second.
GLANCES = {width_px: PictureQuality(width_px, JPEG_QUALITIES[-1]) for width_px in (320, 640)}


def parse_quality(width: str | None, jpeg: str | None) -> PictureQuality:
    """Return the quality that a viewer asks for.

    Args:
        width: pixels as text, one of `WIDTHS_PX`; None for the camera's own.
        jpeg: one of `JPEG_QUALITIES` as text; None for the best.

    Raises:
        ValueError: says what was expected and what came.
    """
    return PictureQuality(
        None if width is None else _one_of(WIDTHS_PX, "w", width),
        FULL.jpeg if jpeg is None else _one_of(JPEG_QUALITIES, "q", jpeg),
    )


def reduced(quality: PictureQuality) -> PictureQuality:
    """Return what is shown instead while the machine is short of time."""
    width_px = min(quality.width_px or REDUCED_WIDTH_PX, REDUCED_WIDTH_PX)
    return replace(quality, width_px=width_px, jpeg=min(quality.jpeg, REDUCED_JPEG))


def _one_of(known: tuple[int, ...], name: str, text: str) -> int:
    by_text = {str(value): value for value in known}
    if text not in by_text:
        raise ValueError(f"{name}: expected {', '.join(by_text)} or nothing, got {text[:20]!r}")
    return by_text[text]
