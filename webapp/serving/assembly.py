"""Puts the adapters into the runtime: the only place that knows all of them."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from webapp.alerting.service import AlertPlan
from webapp.alerting.targets import parse_targets
from webapp.cameras.analysis import Reader
from webapp.cameras.camera import CameraPlan
from webapp.cameras.runtime import FirstCamera, Runtime, RuntimePlan
from webapp.config import CameraSource, Settings
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.core.camera_state import SourceKind
from webapp.core.jobs import BYTES_PER_MB
from webapp.core.messages import Publish
from webapp.core.ports import Classifier
from webapp.demo import CLIP
from webapp.reader import build_reader
from webapp.serving.expression_rule import expression_rule, known_expressions
from webapp.uploads.runner import DeskPlan, Tell
from webapp.uploads.tasks import FilePlan
from webapp.vision.backends import use_one_core
from webapp.vision.camera import DeviceSource, camera_answers, source_kind, source_opener
from webapp.vision.detector import build_detector
from webapp.vision.model_files import read_metadata
from webapp.vision.render import JpegRenderer

# Ten seconds outlast a camera's own restart; five tell a camera that is back from one that blinks.
NO_DATA_LIMITS = Limits(50, 50, hold_s=10, clear_s=5)


def no_data_rule(settings: Settings) -> AlertRule:
    """Return the rule that watches for cameras without data until an admin changes it."""
    return AlertRule(
        id=0,
        name="No data",
        kind=RuleKind.NO_DATA,
        limits=NO_DATA_LIMITS,
        cooldown_s=settings.alert_cooldown_s,
        schedule=settings.alert_schedule,
    )


class SharedClassifier:
    """Loads the model once for all cameras, in the first thread that asks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._classifier: Classifier | None = None

    def get(self) -> Classifier:
        """Return the loaded model; raises ModelError."""
        from webapp.vision.classifier import ExpressionClassifier

        with self._lock:
            if self._classifier is None:
                self._classifier = ExpressionClassifier.load(self._folder)
            return self._classifier


def build_alert_plan(settings: Settings) -> AlertPlan:
    """Turn the settings into the first rules and the receivers.

    Raises:
        ConfigError: a receiver's URL is not one that Apprise knows.
    """
    return AlertPlan(
        seed=(expression_rule(settings), no_data_rule(settings)),
        targets=parse_targets(settings.notify_urls),
        cooldown_s=settings.notify_cooldown_s,
        zone=settings.time_zone,
    )


def build_desk_plan(
    settings: Settings, classifier: SharedClassifier, rule: Callable[[], AlertRule], tell: Tell
) -> DeskPlan:
    """Turn the settings into how pictures and videos are taken in; loads nothing.

    Args:
        rule: returns the one to try on a video.
        tell: tells an owner how a job is doing.
    """
    file = FilePlan(
        max_bytes=settings.analyse_max_mb * BYTES_PER_MB,
        max_pixels=settings.max_pixels,
        max_s=settings.analyse_max_seconds,
        rule=rule,
    )
    return DeskPlan(
        build_reader=_reader_builder(settings, classifier),
        file=file,
        most_at_once=settings.analyse_jobs,
        keep=timedelta(minutes=settings.analyse_keep_minutes),
        tell=tell,
    )


def build_runtime(
    settings: Settings, publish: Publish, classifier: SharedClassifier | None = None
) -> Runtime:
    """Check what can be checked without TensorFlow and bind the parts; starts nothing.

    Args:
        classifier: one that others share; default one for the cameras alone.

    Raises:
        ModelError: the model files are missing or do not fit each other.
        ConfigError: no alert expression is known to the model.
        DetectorError: the detector asked for is not there.
    """
    use_one_core()
    classes = read_metadata(settings.model_dir).classes
    settings = replace(settings, alert_emotions=known_expressions(classes, settings.alert_emotions))
    build_detector(settings.detector, settings.detect_width, settings.min_face_px)
    classifier = classifier or SharedClassifier(settings.model_dir)
    plan = RuntimePlan(
        cameras=[_camera_plan(camera, settings, classifier) for camera in settings.cameras],
        classes=classes,
        alert_emotions=settings.alert_emotions,
        max_viewers=settings.max_viewers,
        first_camera=_first_camera(settings.cameras),
    )
    return Runtime(plan, publish)


def _first_camera(cameras: tuple[CameraSource, ...]) -> FirstCamera | None:
    """Offer camera 0 only beside the demo: no other camera is switched on unasked."""
    kinds = {source_kind(camera.source) for camera in cameras}
    if kinds != {SourceKind.DEMO}:
        return None
    return FirstCamera(lambda: camera_answers(0), lambda: DeviceSource(0))


def _reader_builder(settings: Settings, classifier: SharedClassifier) -> Callable[[], Reader]:
    return lambda: build_reader(settings, classifier.get())


def _camera_plan(
    camera: CameraSource, settings: Settings, classifier: SharedClassifier
) -> CameraPlan:
    return CameraPlan(
        name=camera.name,
        source_kind=source_kind(camera.source),
        open_source=source_opener(camera.source, CLIP),
        build_reader=_reader_builder(settings, classifier),
        renderer=JpegRenderer(),
    )
