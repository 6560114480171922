"""Puts the adapters into the runtime: the only place that knows all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from webapp.cameras.camera import CameraPlan
from webapp.cameras.rooms import RoomDesk
from webapp.cameras.runtime import Runtime, RuntimePlan
from webapp.config import Settings
from webapp.core.alert_rules import AlertRule
from webapp.core.camera_setup import SEALED_WORDS, CameraSetup, as_setup
from webapp.core.errors import SourceError, concerning
from webapp.core.jobs import BYTES_PER_MB
from webapp.core.messages import Publish
from webapp.core.ports import PictureSource
from webapp.core.privacy import EVERYTHING, least
from webapp.core.rooms import parse_room
from webapp.decoding.decoders import DecoderLimits, Decoders
from webapp.demo import CLIP
from webapp.serving.cores import usable_cores
from webapp.serving.expression_rule import known_expressions
from webapp.serving.models import ModelLoader, load_models
from webapp.uploads.runner import JobPlan, ReportStatus
from webapp.uploads.tasks import FilePlan
from webapp.vision.backends import use_one_core
from webapp.vision.camera import source_opener
from webapp.vision.classifier import check_can_run
from webapp.vision.detector import build_detector
from webapp.vision.model_files import read_metadata
from webapp.vision.participant_picture import decode_fitted
from webapp.vision.render import JpegRenderer, trial_jpeg
from webapp.vision.shaping import shaper


def build_job_plan(
    settings: Settings, rule: Callable[[], AlertRule], report_status: ReportStatus
) -> JobPlan:
    """Turn the settings into how pictures and videos are taken in; loads nothing.

    Uploads have a network of their own: their thread gives way to all others, and cameras that
    waited for its turn at a shared one would give way with it.

    Args:
        rule: returns the one to try on a video.
        report_status: reports to an owner how a job is doing.
    """
    file = FilePlan(
        max_bytes=settings.analyse_max_mb * BYTES_PER_MB,
        max_s=settings.analyse_max_seconds,
        rule=rule,
        disclosure=EVERYTHING.within(settings.privacy, settings.min_group),
        searched_px=settings.detect_width,
    )
    return JobPlan(
        load_models=partial(load_models, settings),
        decoders=Decoders(DecoderLimits(settings.max_pixels)),
        file=file,
        most_at_once=settings.analyse_jobs,
        # One place stays for somebody else.
        most_per_owner=max(1, settings.analyse_jobs - 1),
        keep=timedelta(minutes=settings.analyse_keep_minutes),
        report_status=report_status,
    )


def build_runtime(
    settings: Settings,
    publish: Publish,
    rules: Callable[[], Sequence[AlertRule]] = tuple,
    at_once: int | None = None,
    cameras: Sequence[CameraSetup] | None = None,
    paused: Callable[[], Mapping[str, datetime]] = dict,
    rooms: RoomDesk | None = None,
) -> Runtime:
    """Check what can be checked without TensorFlow and bind the parts; starts nothing.

    Args:
        settings: of this process.
        publish: sends a message to every subscriber.
        rules: returns the alert rules of now, by which readings are measured; none by default.
        at_once: how many frames may be analysed at once; by default one on each core.
        cameras: those of the start; by default those that the settings name.
        paused: returns since when cameras are switched off, by name.
        rooms: takes the pictures for cameras that are rooms; by default nobody's.

    Raises:
        ConfigError: the model files are missing or do not fit each other or need what is not
            installed, the model knows no alert expression, or the detector asked for is not there.
    """
    use_one_core()
    with concerning("MODEL_DIR"):
        metadata = read_metadata(settings.model_dir)
        check_can_run(settings.model_dir, metadata)
    classes = metadata.classes
    settings = replace(settings, alert_emotions=known_expressions(classes, settings.alert_emotions))
    with concerning("DETECTOR"):
        build_detector(settings.detector, settings.detect_width, settings.min_face_px)
    models = ModelLoader(settings, at_once or usable_cores())
    desk = rooms or RoomDesk(decode_fitted)

    def plan_camera(setup: CameraSetup) -> CameraPlan:
        disclosure = setup.disclosure.within(settings.privacy, settings.min_group)
        detect_width = setup.detect_width or _room_width(setup)
        return CameraPlan(
            name=setup.name,
            source_kind=setup.kind,
            open_source=_opener(setup, settings.max_pixels, desk),
            load_models=models.get,
            renderer=JpegRenderer(disclosure, detect_width or settings.detect_width),
            shape=shaper(setup),
            most_fps=setup.most_fps,
            detect_width=detect_width,
            disclosure=disclosure,
        )

    if cameras is None:
        cameras = [as_setup(camera) for camera in settings.cameras]
    plan = RuntimePlan(
        cameras=cameras,
        plan_camera=plan_camera,
        encode_trial=lambda image, shows: trial_jpeg(image, least(settings.privacy, shows)),
        classes=classes,
        alert_emotions=settings.alert_emotions,
        max_viewers=settings.max_viewers,
        rules=rules,
        paused=paused,
    )
    return Runtime(plan, publish)


def _room_width(setup: CameraSetup) -> int | None:
    """Return how wide a room's picture is: shrunk as a camera's, no face in it would be found."""
    return parse_room(setup.source or "").width_px if setup.is_room else None


def _opener(setup: CameraSetup, max_pixels: int, rooms: RoomDesk) -> Callable[[], PictureSource]:
    if setup.is_room:
        return rooms.opener(setup)
    if setup.source is not None:
        return source_opener(setup.source, CLIP, max_pixels)

    def refuse() -> PictureSource:
        raise SourceError(SEALED_WORDS)

    return refuse
