"""What cameras are for, as pages and programs are told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.core.camera_status import CameraStatus
from webapp.core.purpose import KIND_WORDS, Hold, Purpose
from webapp.storage.purposes import purposes_or_holds
from webapp.web.services import current_database, utc_now


@dataclass(frozen=True)
class ShownPurpose:
    """What a camera is for, or why it stays off.

    Attributes:
        title: what the camera is called.
        purpose: the one that holds; None where none does.
        hold: why the camera stays off; None where a purpose holds.
    """

    name: str
    title: str
    purpose: Purpose | None
    hold: Hold | None

    @property
    def kind_words(self) -> str:
        """What it is for."""
        return KIND_WORDS[self.purpose.kind] if self.purpose else ""


def current_purposes() -> Mapping[str, Purpose | Hold]:
    """Return of each camera that needs a purpose the one that holds, or why it stays off."""
    with current_database().session() as work:
        return purposes_or_holds(work, utc_now())


def purposes_of(cameras: Sequence[CameraStatus]) -> list[ShownPurpose]:
    """Return what those of the cameras are for that need a purpose, in their order."""
    found = current_purposes()
    return [
        shown(each.name, each.label, found[each.name]) for each in cameras if each.name in found
    ]


def shown(name: str, title: str, found: Purpose | Hold) -> ShownPurpose:
    """Return what a page shows of a camera."""
    if isinstance(found, Hold):
        return ShownPurpose(name, title, None, found)
    return ShownPurpose(name, title, found, None)


def due_soon(cameras: Sequence[CameraStatus]) -> list[ShownPurpose]:
    """Return those of the cameras whose purpose is to be stated soon, or had to be already."""
    now = utc_now()
    return [
        each for each in purposes_of(cameras) if each.purpose is None or each.purpose.ends_soon(now)
    ]


def hold_words(hold: Hold) -> str:
    """Return why a camera stays off, as what follows “Paused”."""
    return f"because {hold.lack} (an admin can state one)"
