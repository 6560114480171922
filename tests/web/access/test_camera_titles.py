"""Tests of what the pages call cameras."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.fakes import FakeLiveAlerts, alert_message
from webapp.core.access import Actor, Role
from webapp.storage.camera_tables import CameraRow
from webapp.storage.database import Database
from webapp.storage.users import User

TITLE = "Back &lt;gate&gt;"
DOOR, DEMO = frozenset({"door"}), frozenset({"demo"})


@pytest.fixture(autouse=True)
def renamed(database: Database) -> None:
    """A camera whose title is another than its name."""
    with database.session() as work:
        work.execute(update(CameraRow).values(title="Back <gate>").where(CameraRow.name == "door"))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/?camera=demo", f'href="/?camera=door">{TITLE}</a>'),
        ("/alerts", f"<strong>{TITLE}</strong>"),
        ("/alerts?camera=door", f'<option value="door" selected>{TITLE}</option>'),
        ("/alerts/a1", f"Earlier at {TITLE}"),
        ("/history?camera=door", f"History of {TITLE}"),
        ("/report?camera=door", f'<option value="door" selected>{TITLE}</option>'),
        ("/admin", f"<strong data-camera>{TITLE}</strong>"),
    ],
)
def test_pages_call_a_camera_by_its_title(
    path: str, words: str, signed_in: FlaskClient, live_alerts: FakeLiveAlerts
) -> None:
    live_alerts.messages = [alert_message(camera="door")]
    page = signed_in.get(path).text
    assert words in page
    assert "Back <gate>" not in page


def test_the_title_of_a_hidden_camera_stays_hidden(
    signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cameras, is_seen in ((DEMO, False), (DOOR, True)):
        monkeypatch.setattr(User, "actor", Actor(Role.MANAGER, cameras))
        assert ("gate" in signed_in.get("/").text) is is_seen
