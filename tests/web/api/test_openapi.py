"""docs/openapi.yaml describes the routes that there are, and what they answer."""

import re
from typing import Any

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.bus.test_json_codec import JOB
from tests.conftest import AuthActions
from tests.web.alert_rows import add_alert
from tests.web.recorded import START_S, row, write_rows
from webapp.bus.json_codec import to_json
from webapp.config import ROOT
from webapp.storage.database import Database
from webapp.web.access.permissions import Audience, declared_by, scope_of

SPEC = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())
METHODS = {"get", "post", "put", "patch", "delete"}
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
RANGE = "from=2026-11-20T13:00:00Z&to=2026-11-20T15:00:00Z"


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part of the description, found where it refers to another."""
    while "$ref" in part:
        names, part = part["$ref"].removeprefix("#/").split("/"), SPEC
        for name in names:
            part = part[name]
    return part


def faults(value: object, schema: dict[str, Any], path: str = "") -> list[str]:
    """Return where a value differs from what its schema says, as far as ours use JSON Schema."""
    schema = resolved(schema)
    types = schema.get("type", list(TYPES))
    allowed = [types] if isinstance(types, str) else types
    if not any(isinstance(value, TYPES[name]) for name in allowed):
        return [f"{path}: expected {allowed}, got {value!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{path}: expected one of {schema['enum']}, got {value!r}"]
    found = []
    if isinstance(value, list):
        for number, each in enumerate(value):
            found += faults(each, schema.get("items", {}), f"{path}[{number}]")
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        found += [f"{path}.{name} is missing" for name in {*schema.get("required", ())} - {*value}]
        for name, each in value.items():
            of = known.get(name, others)
            found += (
                faults(each, of, f"{path}.{name}") if of is not False else [f"{path}.{name} is new"]
            )
    return found


def answer_schema(path: str, method: str = "get", status: str = "200") -> dict[str, Any]:
    """Return what an answer in JSON holds."""
    answer = resolved(SPEC["paths"][path][method]["responses"][status])
    return answer["content"]["application/json"]["schema"]


def described_rules(app: Flask) -> dict[tuple[str, str], Rule]:
    """Return the rules below /api by path and method, as the description writes them."""
    return {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower()): rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_described_with_its_methods_and_no_other(app: Flask) -> None:
    described = {
        (path, method) for path, of in SPEC["paths"].items() for method in of.keys() & METHODS
    }
    assert described == described_rules(app).keys()


def test_what_changes_something_needs_the_token_of_a_form_and_all_a_sign_in(app: Flask) -> None:
    scopes = {where: scope_of(app, rule.endpoint) for where, rule in described_rules(app).items()}
    for path, of in SPEC["paths"].items():
        for method in of.keys() & METHODS:
            by_browser = {"session": []} | ({} if method == "get" else {"form": []})
            scope = scopes[path, method]
            needed = of[method].get("security", SPEC["security"])
            assert needed == [by_browser, *([{"token": [scope]}] if scope else [])], path
            assert "401" in of[method]["responses"]
            parts = {resolved(each)["name"] for each in of.get("parameters", ())}
            assert parts == set(re.findall(r"\{(\w+)\}", path))
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            assert declared_by(app, rule.endpoint) != Audience.EVERYBODY


def test_every_reference_leads_somewhere() -> None:
    waiting: list[Any] = [SPEC]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            assert resolved(part) is not None
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/cameras", ""),
        ("/api/recent", ""),
        ("/api/alerts", ""),
        ("/api/history", f"camera=door&{RANGE}"),
        ("/api/schedule", "text=mo-fr 6-14"),
        ("/api/schedule", "text=mox"),
    ],
)
def test_what_is_answered_is_what_is_described(
    path: str, query: str, signed_in: FlaskClient, database: Database
) -> None:
    add_alert(database)
    write_rows(database, row(START_S), row(START_S + 60), camera="door")
    answer = signed_in.get(f"{path}?{query}", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert faults(answer.get_json(), answer_schema(path)) == []


def test_deeds_answer_and_refuse_as_described(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    add_alert(database)
    headers = {"Accept": "application/json", "X-CSRFToken": auth.csrf_token("/password")}
    deeds = (
        ("/api/alerts/{alert_id}/ack", {"text": "on my way"}),
        ("/api/alerts/{alert_id}/comment", {"text": "quiet"}),
        ("/api/alerts/{alert_id}/answer", {"answer": "was"}),
        ("/api/alerts/{alert_id}/ack", {}),
        ("/api/alerts/{alert_id}/comment", {}),
        ("/api/cameras/{camera}/pause", {"reason": "cleaning"}),
        ("/api/cameras/{camera}/resume", {}),
    )
    statuses = []
    for path, fields in deeds:
        answer = signed_in.post(
            path.format(alert_id="a1", camera="demo"), data=fields, headers=headers
        )
        statuses.append(answer.status_code)
        schema = answer_schema(path, "post", str(answer.status_code))
        assert faults(answer.get_json(), schema) == []
    assert statuses == [200, 200, 200, 409, 400, 200, 200]


def test_a_job_is_what_is_described() -> None:
    assert faults(to_json(JOB), {"$ref": "#/components/schemas/Job"}) == []


def test_a_difference_is_found() -> None:
    camera = SPEC["components"]["schemas"]["RecentPoint"]
    point = {"at": 5, "faces": None, "more": 1}
    assert len(faults(point, camera)) == 3
