"""Tests of /admin: rules and the audit."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from tests.conftest import VIEWER, AuthActions
from tests.fakes import FakeLiveAlerts, FakeRuntime
from tests.web.alert_rows import ANGER, FEAR, FEAR_FORM, add_rules
from webapp.core.alerts import Limits
from webapp.core.history import HistoryRow
from webapp.core.messages import RulesChanged
from webapp.storage.audit import list_entries
from webapp.storage.database import Database
from webapp.storage.history import write_history
from webapp.storage.rules import StoredRule, list_rules, save_rule
from webapp.web.pages.rule_form import RuleForm, values_of
from webapp.web.services import services_of

PATHS = ["/admin", "/admin/rules/new", "/admin/rules/1"]
DEEDS = [
    "/admin/rules/new",
    "/admin/rules/1",
    "/admin/rules/1/switch",
    "/admin/rules/1/limits",
    "/admin/rules/1/delete",
]


@pytest.fixture(autouse=True)
def seeded(database: Database) -> None:
    """Two rules that the settings wrote."""
    add_rules(database)


def rules(database: Database) -> list[StoredRule]:
    with database.session() as work:
        return list_rules(work)


def actions(database: Database) -> list[str]:
    with database.session() as work:
        return [entry.action for entry in list_entries(work) if entry.author]


def checked_values(page: str) -> list[str]:
    return re.findall(r'<input checked [^>]*value="(\w+)"', page)


def test_it_works(signed_in: FlaskClient) -> None:
    page = signed_in.get("/admin").text
    for expected in ("Anger lasts", "angry or fear", "from 30 for 15 s", "settings", "always"):
        assert expected in page


@pytest.mark.parametrize("path", PATHS)
def test_a_viewer_may_not_look(client: FlaskClient, auth: AuthActions, path: str) -> None:
    auth.login(VIEWER)
    assert client.get(path).status_code == 403
    assert "/admin" not in client.get("/alerts").text


@pytest.mark.parametrize("path", DEEDS)
def test_a_viewer_may_not_act(
    client: FlaskClient,
    auth: AuthActions,
    database: Database,
    live_alerts: FakeLiveAlerts,
    path: str,
) -> None:
    auth.login(VIEWER)
    before = rules(database)
    assert auth.post(path, "/alerts", **FEAR_FORM).status_code == 403
    assert (rules(database), live_alerts.reread) == (before, 0)


@pytest.mark.parametrize("path", DEEDS)
def test_a_form_without_the_csrf_field_is_refused(
    signed_in: FlaskClient, database: Database, path: str
) -> None:
    assert signed_in.post(path, data=FEAR_FORM).status_code == 400
    assert actions(database) == []


def test_without_a_watch(app: Flask, signed_in: FlaskClient) -> None:
    services_of(app).alerts = None
    assert signed_in.get("/admin").status_code == 503


def test_each_value_shows_its_source_and_which_setting_is_not_used(
    signed_in: FlaskClient, auth: AuthActions, live_alerts: FakeLiveAlerts
) -> None:
    live_alerts.first_rules = [replace(ANGER, limits=Limits(41, 20, 15, 10), expressions=("fear",))]
    page = signed_in.get("/admin").text
    assert "ALERT_ENTER says 41 now; not used." in page
    assert "ALERT_EMOTIONS says fear now; not used." in page
    wanted = FEAR_FORM | {"name": "Anger lasts", "camera": "", "enter": "30", "exit": "20"}
    assert auth.post("/admin/rules/1", "/admin/rules/1", **wanted).status_code == 303
    page = signed_in.get("/admin").text
    assert "admin page: expressions, time to last," in page
    form = signed_in.get("/admin/rules/1").text
    assert "if the two fields below ask for people. <span" in form
    assert "From ALERT_ENTER." in form and "Set on this page." in form
    assert "From ALERT_HOLD_S." not in form


def test_adding_a_rule(
    signed_in: FlaskClient, auth: AuthActions, database: Database, live_alerts: FakeLiveAlerts
) -> None:
    assert auth.post("/admin/rules/new", "/admin/rules/new", **FEAR_FORM).status_code == 303
    stored = rules(database)[-1]
    assert stored.rule == FEAR
    assert (stored.seed, stored.updated_by) == (None, "admin")
    assert live_alerts.reread == 1
    page = signed_in.get("/admin").text
    assert "“Fear at the door” is saved" in page
    assert "admin page" in page and "added a rule" in page


def test_a_name_that_somebody_saved_meanwhile_is_a_fault(
    signed_in: FlaskClient, auth: AuthActions, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def validate_slowly(form: RuleForm) -> bool:
        is_valid = validate(form)
        with database.session() as work:
            save_rule(work, replace(FEAR, id=0), "noor", datetime.now(UTC))
        return is_valid

    validate = RuleForm.validate
    monkeypatch.setattr(RuleForm, "validate", validate_slowly)
    answer = auth.post("/admin/rules/new", "/admin/rules/new", **FEAR_FORM)
    assert answer.status_code == 409
    assert re.findall(r'id="fault-(\w+)"', answer.text) == ["name"]
    assert 'value="Fear at the door"' in answer.text
    assert rules(database)[-1].updated_by == "noor"


def test_a_rule_that_is_not_changed_stays_the_same(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    page = signed_in.get("/admin/rules/1").text
    assert checked_values(page) == ["angry", "fear", "y"]
    values = values_of(rules(database)[0].rule)
    fields = MultiDict({name: value for name, value in values.items() if value is not True})
    fields.add("is_enabled", "on")
    fields.add("csrf_token", auth.csrf_token("/admin"))
    assert signed_in.post("/admin/rules/1", data=fields).status_code == 303
    assert rules(database)[0].rule == replace(ANGER, id=1)


def test_every_fault_is_shown_and_nothing_is_lost(
    signed_in: FlaskClient, auth: AuthActions, database: Database, live_alerts: FakeLiveAlerts
) -> None:
    wrong = FEAR_FORM | {"name": "No data", "enter": "x<y", "hold_s": "-1", "schedule": "someday"}
    answer = auth.post("/admin/rules/1", "/admin", **wrong)
    assert answer.status_code == 400
    assert re.findall(r'id="fault-(\w+)"', answer.text) == ["name", "enter", "hold_s", "schedule"]
    for kept in ('value="No data"', 'value="x&lt;y"', 'value="someday"', 'value="600"'):
        assert kept in answer.text
    assert checked_values(answer.text) == ["fear", "on"]
    marked = re.findall(r'<input aria-describedby="fault-(\w+)" aria-invalid="true"', answer.text)
    assert marked == ["name", "enter", "hold_s", "schedule"]
    assert (actions(database), live_alerts.reread) == ([], 0)


def test_a_rule_keeps_a_camera_and_an_expression_that_are_gone(
    signed_in: FlaskClient, auth: AuthActions, runtime: FakeRuntime
) -> None:
    auth.post("/admin/rules/new", "/admin", **FEAR_FORM)
    runtime.classes = ("angry", "happy")
    runtime.statuses.pop()
    page = signed_in.get("/admin/rules/3").text
    assert checked_values(page) == ["fear", "y"]
    assert '<option selected value="door">door</option>' in page


def test_expressions_that_the_model_does_not_know_are_shown(
    signed_in: FlaskClient, auth: AuthActions, runtime: FakeRuntime
) -> None:
    assert "Unknown to the model" not in signed_in.get("/admin").text
    runtime.classes = ("angry", "happy")
    page = signed_in.get("/admin").text
    assert "Unknown to the model: fear<" in page
    assert "can never fire" not in page
    runtime.classes = ("happy", "sad")
    expected = "The rule “Anger lasts” can never fire: the model knows happy, sad."
    assert expected in signed_in.get("/admin").text
    auth.post("/admin/rules/1/switch", "/admin", on="0")
    assert expected not in signed_in.get("/admin").text


def test_what_is_off_watches_nothing_and_the_pages_say_so(
    app: Flask, signed_in: FlaskClient, auth: AuthActions, live_alerts: FakeLiveAlerts
) -> None:
    heard: list[object] = []
    services_of(app).sockets.publish = heard.append
    live_alerts.watched_rules = [replace(ANGER, id=1)]
    assert "Nobody is watching" not in signed_in.get("/admin").text
    auth.post("/admin/rules/1/switch", "/admin", on="0")
    live_alerts.watched_rules = [replace(ANGER, id=1, is_enabled=False)]
    assert heard == [RulesChanged()]
    page = signed_in.get("/admin").text
    assert "“Anger lasts” is switched off; it watches nothing." in page
    for path in ("/", "/admin", "/alerts"):
        assert "Nobody is watching: no rule is switched on." in signed_in.get(path).text, path
    assert signed_in.get("/api/alerts?open=1").get_json()["gaps"]


def test_everything_silenced_is_said(
    signed_in: FlaskClient, auth: AuthActions, live_alerts: FakeLiveAlerts
) -> None:
    live_alerts.watched_rules = [replace(ANGER, id=1)]
    fields = {"camera": "", "rule": "", "length": "60", "until": "", "reason": "a drill"}
    assert auth.post("/alerts/silences", "/alerts", **fields).status_code == 303
    assert "Nobody gets a message: alerts are silenced." in signed_in.get("/").text


def test_switching_off_and_on(
    signed_in: FlaskClient, auth: AuthActions, database: Database, live_alerts: FakeLiveAlerts
) -> None:
    auth.post("/admin/rules/1/switch", "/admin", on="0")
    assert not rules(database)[0].rule.is_enabled
    assert "Switched off" in signed_in.get("/admin").text
    auth.post("/admin/rules/1/switch", "/admin", on="1")
    assert rules(database)[0].rule.is_enabled
    assert live_alerts.reread == 2


def test_deleting(
    signed_in: FlaskClient, auth: AuthActions, database: Database, live_alerts: FakeLiveAlerts
) -> None:
    assert auth.post("/admin/rules/1/delete", "/admin/rules/1").status_code == 303
    assert [stored.rule.name for stored in rules(database)] == ["No data"]
    assert live_alerts.reread == 1
    assert auth.post("/admin/rules/1/delete", "/admin").status_code == 404
    assert signed_in.get("/admin/rules/1").status_code == 404


def test_a_clock_that_is_not_believed_is_shown(signed_in: FlaskClient, database: Database) -> None:
    assert "Old records are not deleted" not in signed_in.get("/admin").text
    with database.session() as work:
        start_s = int(datetime.now(UTC).timestamp()) - 200 * 86_400
        row = HistoryRow(start_s, 10, 10.0, 10.0, 1.0, 1, (1.0,), ("angry",), 50.0, 60.0)
        write_history(work, "door", row)
    text = signed_in.get("/admin").text
    assert "Old records are not deleted: by this machine&#39;s clock there is no history" in text


def test_lost_rows_of_history_are_shown(
    signed_in: FlaskClient, live_alerts: FakeLiveAlerts
) -> None:
    assert "rows of history" not in signed_in.get("/admin").text
    live_alerts.dropped = 12
    assert "12 rows of history could not be written in time" in signed_in.get("/admin").text
