"""The most pixels of a camera's picture, told before it is decoded."""

from webapp.core.errors import SourceError


def check_size(width: int, height: int, max_pixels: int | None) -> None:
    """Refuse a picture that is too large; `max_pixels` None takes any. Raises SourceError."""
    if max_pixels is not None and width * height > max_pixels:
        raise SourceError(
            f"the pictures have {width:,} by {height:,} pixels; at most {max_pixels:,} are taken. "
            "Choose smaller ones in the camera's own settings, or raise MAX_PIXELS."
        )
