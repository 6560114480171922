import threading
from datetime import UTC, datetime, timedelta

from tests.receivers import SEALER
from tests.recording.test_recorder import held_under
from tests.storage.test_alerts import START, START_S, change
from tests.storage.test_notices import POLICY
from webapp.alerting.orphans import TEST_IS_OVER, OrphanLoop
from webapp.core.camera_list import CameraSource
from webapp.core.played_alert import PlayedAlerts
from webapp.storage.alerts import list_alerts, record_change
from webapp.storage.cameras import remove_camera, seed_cameras
from webapp.storage.lease_tables import LeaseRow


def test_alerts_that_nobody_watches_any_more_are_ended_by_the_one_on_duty(database):
    now = datetime.now(UTC)
    played = PlayedAlerts()
    played.ask("t1", "hall")
    cameras = [CameraSource(name, "demo") for name in ("door", "hall", "gate")]
    with database.session() as session:
        seed_cameras(session, cameras, SEALER, now)
        for alert in (change("a1"), change("a2", camera="hall"), change("a3", camera="gate")):
            record_change(session, alert)
        record_change(session, *played.step(START_S))
        for name in ("hall", "gate"):
            remove_camera(session, name, "mira", now)
    held_under(database, 1, "hall", "gate")
    with database.session() as session:
        # Its worker ends its alert itself.
        session.get_one(LeaseRow, ("camera", "gate")).until = now + timedelta(hours=1)
    events = []
    loop = OrphanLoop(database, POLICY, events.append, lambda: True, threading.Event())
    loop.step(START + TEST_IS_OVER)
    assert [(event.id, event.state) for event in events] == [("a2", "resolved")]
    loop.step(START + TEST_IS_OVER + timedelta(seconds=1))
    with database.session() as session:
        ended = {alert.id: alert.reason for alert in list_alerts(session) if not alert.is_open}
    assert ended == {"a2": "the camera was removed", "t1": "it was a test"}
    assert [event.id for event in events] == ["a2", "t1"]
