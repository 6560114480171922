"""The demo clip watched by the times of its frames, so it need not be waited for.

Network, rules, watch and database are the real ones; `make soak` lets the real server play it.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from threading import Event

from tests.alerting.demo_loops import expected_s
from webapp.alerting.service import AlertService
from webapp.alerting.watch import BEAT_S
from webapp.cameras.analysis import FaceModels, FrameAnalyser
from webapp.config import Settings
from webapp.core.analysed import AnalysedFrame
from webapp.core.camera_state import CameraState, SourceKind
from webapp.core.camera_status import CameraStatus, CameraView
from webapp.core.rates import Durations
from webapp.core.utc import from_epoch_s
from webapp.demo import CLIP
from webapp.demo.timeline import read_timeline
from webapp.files.video_source import VideoFile
from webapp.recording.recorder import DatabaseRecorder
from webapp.serving.alert_plan import build_alert_plan
from webapp.serving.models import load_models
from webapp.storage.alerts import list_alerts
from webapp.storage.database import Database
from webapp.vision.backends import use_one_core

BEGAN_S = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()
# Of the clip's 15 frames a second, as where a camera leaves the network no time for more.
EVERY = 2


class DemoCamera:
    """Shows the newest analysed frame of the clip."""

    name = "demo"
    newest: AnalysedFrame

    def view(self) -> CameraView:
        since = from_epoch_s(BEGAN_S)
        status = CameraStatus(self.name, CameraState.DEMO, since, SourceKind.DEMO)
        return CameraView(status, 1, self.newest)


def analysed_clip(models: FaceModels) -> Iterator[AnalysedFrame]:
    """Analyse one loop of the clip as the server does."""
    use_one_core()
    analyser = FrameAnalyser(models, Durations(keep=1))
    with closing(VideoFile.at(CLIP)) as clip:
        yield from map(analyser.step, clip.frames(EVERY))


def watch_the_clip(database: Database) -> None:
    """Check the rules of the first start on the clip, as often in its time as the server does."""
    models, camera = load_models(Settings()), DemoCamera()
    plan, classes, stop = (
        build_alert_plan(Settings(secret_key="for the tests")),
        models.classifier.classes,
        Event(),
    )
    recorder = DatabaseRecorder(database, plan.policy)
    service = AlertService(plan, lambda: [camera], classes, database, recorder, [].append, stop)
    next_beat_s = 0.0
    for camera.newest in analysed_clip(models):
        clip_s = camera.newest.captured_at_s
        if clip_s >= next_beat_s:
            service._watch.step(BEGAN_S + clip_s, BEGAN_S + clip_s)
            next_beat_s += BEAT_S
    assert recorder.write_waiting()


def test_the_two_angry_people_fire_in_time_and_nothing_else_does(database):
    watch_the_clip(database)
    with database.session() as session:
        (alert,) = list_alerts(session)
    ((earliest_s, latest_s),) = expected_s(read_timeline(), loops=1)
    assert earliest_s <= alert.fired_at.timestamp() - BEGAN_S <= latest_s
