"""Tests of how often rules were right, on /alerts and /admin, and of the limits proposed."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.conftest import AuthActions
from tests.fakes import FakeLiveAlerts
from tests.web.alert_rows import OUTAGE, add_alert, add_rules, steady_course
from webapp.core.access import Actor, Role
from webapp.core.alerts import Limits
from webapp.core.answers import Answer
from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.storage.rules import list_rules
from webapp.storage.users import User

PROPOSED = {"enter": "36", "exit": "26", "hold_s": "15"}
TAKE = "/admin/rules/1/limits"


def answered(database: Database, answer: Answer, times: int, value: float = 50.0, **of) -> None:
    for number in range(times):
        alert_id = f"{answer}-{number}-{value}-{of.get('camera', 'door')}"
        course = steady_course(value, 40)
        ago, lasted = timedelta(hours=number + 1), timedelta(seconds=25)
        add_alert(database, alert_id, ago=ago, lasted=lasted, course=course, answer=answer, **of)


@pytest.fixture(autouse=True)
def seeded(database: Database) -> None:
    """Two rules that the settings wrote."""
    add_rules(database)


@pytest.fixture
def judged(database: Database) -> None:
    """Fifteen right alerts, nine false ones of which seven stayed low."""
    answered(database, Answer.WAS, 10)
    answered(database, Answer.WAS, 5, camera="hall")
    answered(database, Answer.WAS_NOT, 7, value=35)
    answered(database, Answer.WAS_NOT, 2, value=60)


def limits(database: Database) -> Limits:
    with database.session() as work:
        return list_rules(work)[0].rule.limits


@pytest.mark.usefixtures("judged")
def test_it_works(
    signed_in: FlaskClient, auth: AuthActions, database: Database, live_alerts: FakeLiveAlerts
) -> None:
    page = " ".join(signed_in.get("/admin").text.split())
    assert "Of 24 answered alerts, 15 were right (43 to 79 %)." in page
    assert "door: 10 of 19 (32 to 73 %); hall: 5 of 5 (57 to 100 %)" in page
    proposal = "15 of 15 right ones would have fired, 7 of 9 false ones would not."
    assert f"instead of 30 for <strong>15 s</strong>: {proposal}" in page
    assert auth.post(TAKE, "/admin", **PROPOSED).status_code == 303
    assert (limits(database), live_alerts.reread) == (Limits(36, 26, 15, 10), 1)
    with database.session() as work:
        newest, *_ = list_entries(work)
    assert (newest.author, newest.action) == ("admin", "rule changed")
    assert newest.details == {"Anger lasts": {"enter": 36, "exit": 26}}
    assert "Take these limits" not in signed_in.get("/admin").text, "too few are left"


@pytest.mark.usefixtures("judged")
@pytest.mark.parametrize("sent", [{}, PROPOSED | {"enter": "41"}, PROPOSED | {"name": "Other"}])
def test_limits_that_are_not_proposed_are_refused(
    auth: AuthActions, signed_in: FlaskClient, database: Database, sent: dict[str, str]
) -> None:
    answer = auth.post(TAKE, "/admin", **sent)
    assert answer.status_code == 409
    assert "not proposed any more" in answer.text
    assert limits(database) == Limits(30, 20, 15, 10)


@pytest.mark.usefixtures("judged")
def test_a_click_on_a_page_that_is_out_of_date_is_refused(
    auth: AuthActions, signed_in: FlaskClient, database: Database
) -> None:
    answered(database, Answer.WAS, 1, value=32)
    assert auth.post(TAKE, "/admin", **PROPOSED).status_code == 409
    assert limits(database) == Limits(30, 20, 15, 10)
    assert auth.post("/admin/rules/99/limits", "/admin", **PROPOSED).status_code == 404


@pytest.mark.parametrize(
    ("right", "wrong", "wrong_value", "expected"),
    [
        (9, 9, 35, "Other limits are proposed here once 20 alerts"),
        (20, 0, 35, "No answered alert was false"),
        (0, 20, 35, "No answered alert was right"),
        (15, 9, 60, "No stricter limits would drop a false alert"),
    ],
)
def test_why_nothing_is_proposed(
    signed_in: FlaskClient,
    database: Database,
    right: int,
    wrong: int,
    wrong_value: float,
    expected: str,
) -> None:
    answered(database, Answer.WAS, right)
    answered(database, Answer.WAS_NOT, wrong, value=wrong_value)
    page = signed_in.get("/admin").text
    assert expected in page and "Take these limits" not in page


def test_a_rule_that_is_no_reading_has_a_rate_and_no_proposal(
    signed_in: FlaskClient, database: Database
) -> None:
    with database.session() as work:
        rule = list_rules(work)[1].rule
    assert rule.kind == OUTAGE.kind
    answered(database, Answer.WAS, 19, rule=rule)
    answered(database, Answer.WAS_NOT, 1, rule=rule)
    answered(database, Answer.CANNOT_TELL, 3, rule=rule)
    page = signed_in.get("/admin").text
    assert "Of 20 answered alerts, 19 were right (76 to 99 %). Of 3 more nobody can tell." in page
    assert "proposed" not in page


@pytest.mark.usefixtures("judged")
def test_the_alerts_page_shows_the_rates_of_what_the_user_sees(
    signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "<strong>10 of 19</strong>" in signed_in.get("/alerts").text
    page = signed_in.get("/alerts?camera=hall").text
    assert "<strong>5 of 5</strong>" in page and "10 of 19" not in page
    actor = Actor(Role.MANAGER, frozenset({"door"}))
    monkeypatch.setattr(User, "actor", property(lambda user: actor))
    for path in ("/alerts", "/alerts?camera=hall"):
        assert "5 of 5" not in signed_in.get(path).text, path
    assert "10 of 19" in signed_in.get("/alerts").text


def test_without_answers_the_page_says_when_they_are_asked(signed_in: FlaskClient) -> None:
    assert "No alert has been answered yet." in signed_in.get("/alerts").text
