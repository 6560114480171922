"""Choice of the face detector."""

from pathlib import Path

from webapp.core.errors import DetectorError
from webapp.core.faces import SURE_SCORE
from webapp.core.ports import Detector
from webapp.vision.haar import HaarDetector
from webapp.vision.yunet import YuNetDetector

ROOT = Path(__file__).resolve().parents[2]
CASCADE_FILE = ROOT / "haarcascade_frontalface_default.xml"
# Fetched by `make`; see tools/fetch_yunet.py.
YUNET_FILE = ROOT / "vendor" / "face_detection_yunet_2023mar.onnx"


def build_detector(
    name: str | None, detect_width: int, min_face_px: int, least_score: float = SURE_SCORE
) -> Detector:
    """Build the named detector, or the best that is there.

    Args:
        name: `yunet`, `haar`, or None for YuNet where its network was fetched, else Haar.
        detect_width: wider pictures are shrunk to it first, in pixels.
        min_face_px: smaller faces are left out, in pixels of the full picture.
        least_score: less certain faces are left out, in [0, 1]; Haar is certain of all it finds.

    Raises:
        DetectorError: the name is unknown, or the detector's file is missing or broken.
    """
    name = name or ("yunet" if YUNET_FILE.is_file() else "haar")
    if name == "haar":
        return HaarDetector(CASCADE_FILE, detect_width, min_face_px)
    if name != "yunet":
        raise DetectorError(f"DETECTOR: expected yunet or haar, got {name!r}.")
    return YuNetDetector(YUNET_FILE, detect_width, min_face_px, least_score)
