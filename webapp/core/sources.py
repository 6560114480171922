"""What the text of a camera's source says it is."""

import re

from webapp.core.camera_state import SourceKind

CAMERA_INDEX = re.compile(r"[0-9]{1,4}")
URL_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def source_kind(source: str) -> SourceKind:
    """Return the kind of a source of `CAMERAS`."""
    if source == "demo":
        return SourceKind.DEMO
    if CAMERA_INDEX.fullmatch(source):
        return SourceKind.CAMERA
    return SourceKind.URL if URL_SCHEME.match(source) else SourceKind.FILE
