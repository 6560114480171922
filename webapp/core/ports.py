"""What the parts expect of each other; adapters and fakes implement these."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

import numpy as np

from webapp.core.alert_rules import AlertRule
from webapp.core.analysed import AnalysedFrame
from webapp.core.analysis_results import PictureAnalysis, VideoAnalysis
from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_status import CameraStatus, CameraView, Readiness
from webapp.core.camera_trial import CameraTrial
from webapp.core.faces import Faces
from webapp.core.frame import Frame
from webapp.core.jobs import JobStatus, OwnedJob, Upload
from webapp.core.messages import AlertMessage, CountsMessage, Receiver, RecentPoint
from webapp.core.picture_quality import FULL, PictureQuality


class PictureSource(Protocol):
    """An opened camera, file or stream."""

    frame_interval_s: float | None
    """Time between pictures of a recording; None when the source sets the pace itself."""

    def read(self) -> np.ndarray:
        """Return the next picture, (H, W, 3) uint8 BGR.

        Raises:
            SourceError: there is none; the source must be opened anew.
        """
        ...

    def close(self) -> None:
        """Close the device."""
        ...


class PictureRenderer(Protocol):
    """Draws and encodes pictures."""

    def render(self, analysed: AnalysedFrame, quality: PictureQuality) -> bytes:
        """Return a frame with its own faces as JPEG."""
        ...

    def not_analysed(self, frame: Frame, quality: PictureQuality) -> bytes:
        """Return a frame whose faces nobody knows as JPEG, unreadable as a whole."""
        ...

    def no_signal(self, newest: Frame | None) -> bytes:
        """Return the NO SIGNAL picture as JPEG, as large as the newest frame was."""
        ...

    def paused(self) -> bytes:
        """Return the PAUSED picture as JPEG."""
        ...


class Detector(Protocol):
    """Finds faces in a picture."""

    name: str

    def detect(self, image_bgr: np.ndarray, width_px: int | None = None) -> Faces:
        """Find the faces in (H, W, 3) uint8; boxes in pixels of this picture.

        Args:
            width_px: wider pictures are shrunk to it first; None: as the detector was made.
        """
        ...


class Cropper(Protocol):
    """Cuts faces out as the network was trained on them."""

    def __call__(self, image_bgr: np.ndarray, faces: Faces) -> np.ndarray:
        """Return (N, 48, 48) uint8 of (H, W, 3) uint8; N may be 0."""
        ...


class Classifier(Protocol):
    """Reads expressions."""

    classes: tuple[str, ...]
    uncertain_below: float
    """A reading whose best probability is lower names no class."""
    calm: np.ndarray
    """(C,) what calm faces read on average, in [0, 1]; zeros where nobody has measured it."""

    def classify(self, crops: np.ndarray) -> np.ndarray:
        """Score crops (N, 48, 48) uint8; returns (N, C) float32, rows sum to 1; N may be 0."""
        ...


class WatchedCamera(Protocol):
    """A camera that rules and history read."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    def view(self) -> CameraView:
        """Return the camera as it is now, all of one moment."""
        ...


class LiveAlerts(Protocol):
    """The alerts of now, as the web pages see them."""

    def live(self) -> list[AlertMessage]:
        """Return pending and open alerts as they stand now, newest first."""
        ...

    @property
    def first_rules(self) -> Sequence[AlertRule]:
        """The rules that the settings would make for a new database."""
        ...

    def rules(self) -> Sequence[AlertRule]:
        """Return the rules that are watched now, in the order they were made."""
        ...

    def rules_changed(self) -> None:
        """Watch the rules that the database holds now."""
        ...

    def receivers(self) -> Sequence[Receiver]:
        """Return the receivers, without credentials."""
        ...

    def label_of(self, url: str) -> str:
        """Return kind and host of a receiver's address, which are safe to show.

        Raises:
            ReceiverError: messages cannot be sent to it; the text does not repeat it.
            BusyError: nobody can say at the moment.
        """
        ...

    def send_test(self, key: str) -> None:
        """Send a test message to a receiver, at once.

        Raises:
            KeyError: there is no such receiver.
            EvenkeelError: it is away or refused; the text holds no credentials.
        """
        ...

    def play_test(self, camera: str) -> str:
        """Play an alert that says it is a test through the whole chain; it ends by itself.

        Returns:
            Its id, a moment before it fires.

        Raises:
            BusyError: nobody can at the moment.
        """
        ...

    def trouble(self) -> str:
        """Return why something cannot be written, or "" when all is well."""
        ...

    def dropped_rows(self) -> int:
        """Return how many rows of history could not be kept until they could be written."""
        ...


class AnalysisResult(Protocol):
    """What was read in a picture or video that a user handed in."""

    @property
    def picture_jpeg(self) -> bytes:
        """The picture, or the video's picture of the highest indicator, with its faces drawn."""
        ...

    def as_message(self) -> PictureAnalysis | VideoAnalysis:
        """Return what a page shows."""
        ...

    def export(self, form: str) -> Iterator[bytes]:
        """Yield a file of the form `json` (the records) or `csv` (a row a face)."""
        ...


class AnalysisJobs(Protocol):
    """Pictures and videos that users hand in to be read; every owner sees only their own.

    Methods that take `job_id` raise KeyError for one that is unknown, forgotten or another's.
    """

    def submit(self, owner: int, upload: Upload) -> JobStatus:
        """Take a file in and wait until it is found readable; pictures are done by then.

        Whose sender left meanwhile is cancelled: nobody would know what to delete.

        Args:
            owner: the user's id.
            upload: the file.

        Raises:
            JobLimitError: at once, when as many files as allowed are being analysed, of all or of
                this owner.
            TooLargeError: the file has more bytes or seconds than allowed.
            PictureError, SourceError: it cannot be read.
        """
        ...

    def jobs(self, owner: int) -> list[JobStatus]:
        """Return what is going on or kept for an owner, newest first."""
        ...

    def going_on(self) -> list[OwnedJob]:
        """Return what is not over, whosever it is, oldest first."""
        ...

    def find(self, owner: int, job_id: str) -> JobStatus:
        """Return how a job is doing."""
        ...

    def result(self, owner: int, job_id: str) -> AnalysisResult | None:
        """Return what was read, None before the end."""
        ...

    def preview_jpeg(self, owner: int, job_id: str) -> bytes | None:
        """Return the newest picture read, with its faces drawn; None before the first."""
        ...

    def forget(self, owner: int, job_id: str) -> None:
        """Cancel a job that is going on, and delete what is kept of it."""
        ...


class PictureStream(Protocol):
    """One viewer's JPEG pictures, until nothing more is to be seen."""

    def __iter__(self) -> Iterator[bytes]:
        """Return itself."""
        ...

    def __next__(self) -> bytes:
        """Wait for the next picture and return it."""
        ...

    def close(self) -> None:
        """Stop counting the viewer; again changes nothing."""
        ...


class LiveRooms(Protocol):
    """The rooms, as those who join them see them; raises KeyError for one that is not there."""

    def put_picture(
        self, camera: str, participant: str, picture: bytes, size_wh: tuple[int, int]
    ) -> None:
        """Take a participant's newest picture; returns at once.

        Args:
            camera: the room's name.
            participant: whose it is; whoever is new gets a place if there is one.
            picture: JPEG or WebP, undecoded.
            size_wh: as its first bytes say, in pixels.
        """
        ...

    def leave(self, camera: str, participant: str) -> None:
        """Forget a participant and their picture at once."""
        ...


class LiveRuntime(Protocol):
    """The running cameras, as the web pages see them.

    Methods that take `camera` raise KeyError for an unknown name.
    """

    classes: tuple[str, ...]
    alert_emotions: tuple[str, ...]

    def cameras(self) -> list[CameraStatus]:
        """Return the status of every camera, in the order they were added."""
        ...

    def newest_counts(self, camera: str) -> CountsMessage | None:
        """Return the newest counts, or None before the first analysis."""
        ...

    def recent(self, camera: str) -> list[RecentPoint]:
        """Return the last five minutes, oldest first."""
        ...

    def stream(self, camera: str, quality: PictureQuality = FULL) -> PictureStream:
        """Yield JPEG pictures for one viewer until the runtime stops; it must be closed.

        While the machine is short of time, they are smaller, coarser and fewer than asked for.

        Raises:
            ViewerLimitError: at the call, when `MAX_VIEWERS` are watching.
        """
        ...

    def snapshot_jpeg(self, camera: str, quality: PictureQuality = FULL) -> bytes:
        """Return what a viewer would see now as JPEG; counts as a viewer meanwhile.

        Raises:
            ViewerLimitError: when `MAX_VIEWERS` are watching.
        """
        ...

    def glance_jpeg(self, camera: str, quality: PictureQuality) -> bytes | None:
        """Return what a viewer would see now as JPEG; None unless the camera gives pictures.

        Counts as no viewer: an overview that asks this of every camera counts as one by itself.

        Raises:
            BusyError: the camera's process is away.
        """
        ...

    def set_cameras(self, setups: Sequence[CameraSetup]) -> None:
        """Run these cameras from now on, in this order; those that stay as they are run on."""
        ...

    def try_source(self, source: str, worker: str = "") -> CameraTrial:
        """Look at a source for a moment, also at one that a camera reads already.

        Args:
            source: as in `CAMERAS`.
            worker: name of the only one that can look; "" where any can, or there are none.

        Raises:
            SourceError: it gives no picture.
            BusyError: the part of the server that could look is away.
        """
        ...

    def pause(self, camera: str, since: datetime) -> None:
        """Close a camera and forget what it showed, until `resume`; again changes nothing.

        A read that blocks holds the device until it returns; what it gives is dropped.

        Args:
            camera: its name.
            since: when it was switched off, aware UTC.
        """
        ...

    def resume(self, camera: str) -> None:
        """Open a paused camera again; one that runs is left alone."""
        ...

    def readiness(self) -> Readiness:
        """Return whether cameras and model work."""
        ...

    def request_stop(self) -> None:
        """Ask every loop and stream to end; returns at once."""
        ...
