"""How a camera is set up: what it reads, and what is done to its pictures before all else."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from webapp.core.camera_list import CameraSource
from webapp.core.camera_mask import Polygon
from webapp.core.camera_state import SourceKind
from webapp.core.privacy import Disclosure, Privacy
from webapp.core.rooms import parse_room
from webapp.core.sources import source_kind

TURNS_DEG = (0, 90, 180, 270)
MOST_TITLE_CHARACTERS = 60
MOST_NAME_CHARACTERS = 40
OTHER_CHARACTERS = re.compile(r"[^A-Za-z0-9]+")
SEALED_WORDS = (
    "its address was sealed with another SECRET_KEY and cannot be read. Enter it again on the "
    "cameras page, or start with the SECRET_KEY of before."
)


@dataclass(frozen=True)
class CameraSetup:
    """A camera as admins set it up.

    Attributes:
        name: stays the same for good: in addresses, history and alerts.
        title: what people call it.
        source: as in `CAMERAS`; None: it is sealed and cannot be opened.
        turn_deg: clockwise, before it is mirrored.
        is_mirrored: left and right are exchanged.
        mask: areas that nobody may see, as polygons of the picture as the camera gives it.
        detect_width: pictures are shrunk to it to find faces, in pixels; None: as the server's.
        most_fps: pictures used each second; None: all.
        privacy: the most that anybody is shown of the people before it.
        viewers_see: the most that viewers are shown.
        min_group: so many people, or nothing is said of them.
        worker: name of the only worker that may hold it; "" for any.
    """

    name: str
    title: str
    source: str | None = field(repr=False)
    turn_deg: int = 0
    is_mirrored: bool = False
    mask: tuple[Polygon, ...] = ()
    detect_width: int | None = None
    most_fps: float | None = None
    privacy: Privacy = Privacy.LABELS
    viewers_see: Privacy = Privacy.COUNTS
    min_group: int = 1
    worker: str = ""

    def shows_the_same(self, other: "CameraSetup") -> bool:
        """Return whether both differ at most in what people call the camera, and where it runs."""
        return replace(self, title=other.title, worker=other.worker) == other

    def gives_the_same(self, other: "CameraSetup") -> bool:
        """Return whether both differ at most in that and in what viewers see: it runs on."""
        return replace(self, viewers_see=other.viewers_see).shows_the_same(other)

    @property
    def kind(self) -> SourceKind:
        """What it reads; only addresses are sealed."""
        return SourceKind.URL if self.source is None else source_kind(self.source)

    @property
    def is_room(self) -> bool:
        """Whether browsers give its pictures."""
        return self.kind == SourceKind.BROWSER

    @property
    def disclosure(self) -> Disclosure:
        """How much is disclosed, also by what a room's source says."""
        is_hidden = self.is_room and parse_room(self.source or "").counts_only
        shows = Privacy.COUNTS if is_hidden else self.privacy
        return Disclosure(shows, self.viewers_see, self.min_group)


def as_setup(camera: CameraSource, worker: str = "") -> CameraSetup:
    """Return a camera of `CAMERAS` as it is set up at first.

    Args:
        worker: the one whose device it is, if it is a device.
    """
    setup = CameraSetup(camera.name, camera.name, camera.source)
    return replace(setup, worker=worker) if setup.kind == SourceKind.CAMERA else setup


def free_name(title: str, taken: Collection[str]) -> str:
    """Return a name for addresses that no camera has or had, as like the title as may be."""
    # Marks above letters become characters of their own, which drop out.
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    stem = OTHER_CHARACTERS.sub("-", letters).strip("-")[:MOST_NAME_CHARACTERS] or "camera"
    known, name, number = {each.lower() for each in taken}, stem, 1
    while name.lower() in known:
        number += 1
        ending = f"-{number}"
        name = stem[: MOST_NAME_CHARACTERS - len(ending)] + ending
    return name


def shown_source(setup: CameraSetup) -> str:
    """Return what a page may show of a source: of a URL only scheme and host."""
    if setup.source is None:
        return "an address that cannot be read any more"
    if setup.kind != SourceKind.URL:
        return setup.source
    parts = urlsplit(setup.source)
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}/…"
