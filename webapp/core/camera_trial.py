"""What came of trying a camera before it is saved."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CameraTrial:
    """A camera that gives pictures.

    Attributes:
        jpeg: a picture as the camera gives it, neither masked nor turned, perhaps shrunk.
        width_px: of the camera's own pictures.
        height_px: likewise.
        fps: pictures a second; 0 when too few came to tell.
    """

    jpeg: bytes
    width_px: int
    height_px: int
    fps: float
