"""Forms of every page, filled in at random by the thousand: taken or refused, never a fault.

python -m tests.fuzz_forms [--cases 5000] [--seed 1]

Each form is sent by an admin, with values that people may mean, that nobody means, and random
characters. No answer may be a fault of the server or hold what is secret.
"""

import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
from flask import Flask
from flask.testing import FlaskClient

from tests.damaged_files import Figures, main, run_cases
from tests.fakes import FakeLiveAlerts, FakeRooms, FakeRuntime
from tests.web.alert_rows import ANGER, add_alert
from webapp.app import create_app
from webapp.config import Settings
from webapp.core.access import Role
from webapp.core.camera_list import CameraSource
from webapp.storage.cameras import seed_cameras
from webapp.storage.passwords import PasswordVault
from webapp.storage.rules import seed_rules
from webapp.storage.upgrade import upgrade
from webapp.storage.users import add_user
from webapp.web.access.sign_in_checks import SignInChecks
from webapp.web.services import services_of

CASES = 5000
SECRET, PASSWORD = "hunter2-in-the-address", "correct horse battery"
CAMERAS = (
    CameraSource("demo", "demo"),
    CameraSource("door", f"rtsp://me:{SECRET}@camera/live"),
    CameraSource("class", "browser 9"),
)
NAMES = {"camera": ("demo", "door", "nowhere"), "name": ("demo", "door", "class", "nowhere")}
PART = re.compile(r"<(?:[^:<>]+:)?(\w+)>")
FIELD = re.compile(r'name="([a-z_]+)"')
# Signing out or taking the admin's rights would end the run, and these wait for other processes.
LEFT_OUT = ("/logout", "/login", "/password", "/api/analyse", "/admin/files", "/admin/users")
SENSIBLE = {
    **{"title": "Gate", "source": "0", "turn_deg": "90", "is_mirrored": "y", "most_fps": "5"},
    **{"privacy": "labels", "viewers_see": "counts", "min_group": "1", "days": "30"},
    **{"approved_by": "Works council", "is_informed": "y", "region": "eu"},
    **{"mask": "0,0 50,0 50,50", "detect_width": "640", "watched_by": "us", "hours": "8"},
    **{"name": "Anger", "kind": "expression", "camera": "demo", "expressions": "angry"},
    **{"enter": "20", "exit": "10", "hold_s": "5", "clear_s": "5", "cooldown_s": "60"},
    **{"least_people": "0", "least_share": "0", "min_faces": "1", "min_confidence": "0"},
    **{"schedule": "mon-fri 6-14", "advice": "Go and ask.", "text": "A remark", "answer": "was"},
    **{"address": "json://127.0.0.1:9/", "rule": "", "length": "15", "reason": "A test"},
    **{"url": "https://127.0.0.1:9/$alert", "method": "PUT", "headers": "X-Key: 7"},
    **{"body": '{"text": "$title"}', "secret": "a secret of the form", "body_kind": "json"},
    **{"owner": "1", "scopes": "read", "which_rules": "all"},
    **{"until": "2030-01-01T10:00", "to": "up", "on": "1", "deed": "save", "alert": "1"},
}
MEANT = ("", "0", "1", "90", "2.5", "y", "demo", "try", "save", "up", "browser 9", "rtsp://a/b")
NOBODY_MEANS = ("-1", "9" * 30, "nan", "\x00", "\u202e", "x" * 3000, "http://[", "0,0 1,1", "💥")


class Refused(Exception):
    """The server refused a form."""


def fuzz(cases: int, seed: int) -> Figures:
    """Send forms; returns the figures of `run_cases`."""
    with tempfile.TemporaryDirectory() as folder:
        app = app_in(Path(folder))
        client = app.test_client()
        form, here = {"username": "admin", "password": PASSWORD}, {"Origin": "http://localhost"}
        client.post("/login", data=form, headers=here)
        assert client.get("/admin/cameras").status_code == 200
        random = np.random.default_rng(seed)
        numbers = (str(number).encode() for number in range(cases))
        figures = run_cases(partial(_send, client, _routes(app), random), Refused, numbers)
        services_of(app).database.close()
    return figures


def _send(
    client: FlaskClient,
    routes: list[tuple[str, list[str]]],
    random: np.random.Generator,
    _data: bytes,
    number: int,
) -> None:
    rule, fields = routes[number % len(routes)]
    path = PART.sub(lambda part: _pick(random, NAMES.get(part[1], ("1", "99", "a"))), rule)
    wrong = set(random.choice(fields, random.integers(0, 4)))
    form = {
        name: _value(random) if name in wrong else SENSIBLE.get(name, "")
        for name in fields
        if random.integers(20)
    }
    with client.post(path, data=form) as answer:
        text = answer.get_data(as_text=True)
        assert answer.status_code < 500, f"{answer.status_code} {path} {str(form)[:300]}"
        assert "/login" not in answer.headers.get("Location", "")
        assert SECRET not in text, f"{path} tells a password"
        if answer.status_code >= 400:
            raise Refused(path)


def _routes(app: Flask) -> list[tuple[str, list[str]]]:
    """Return the path of each form, and the names of all fields of all pages."""
    fields = sorted(set(_fields(Path(app.template_folder or ""))))
    rules = sorted({rule.rule for rule in app.url_map.iter_rules() if "POST" in rule.methods})
    return [
        (rule, fields)
        for rule in rules
        # What is removed at once would leave nothing to try the others on.
        if not rule.startswith(LEFT_OUT) and not rule.endswith(("/remove", "/delete"))
    ]


def _fields(templates: Path) -> Iterator[str]:
    yield from ("title", "source", "mask", "turn_deg", "is_mirrored", "detect_width", "most_fps")
    yield from ("privacy", "viewers_see", "min_group", "approved_by", "is_informed", "region")
    yield from ("less_because", "days", "reads_since", "owner", "scopes")
    yield from ("url", "method", "headers", "body", "body_kind", "secret", "which_rules")
    yield from ("kind", "expressions", "enter", "exit", "hold_s", "clear_s", "schedule", "address")
    yield from ("watched_by", "hours", "reason", "length", "until", "text", "answer", "rules")
    for template in templates.rglob("*.html"):
        yield from FIELD.findall(template.read_text(encoding="utf-8"))


def _value(random: np.random.Generator) -> str:
    kind = random.integers(4)
    if kind < 2:
        return _pick(random, MEANT)
    if kind == 2:
        return _pick(random, NOBODY_MEANS)
    return "".join(chr(code) for code in random.integers(1, 0x3000, random.integers(1, 40)))


def _pick(random: np.random.Generator, values: tuple[str, ...]) -> str:
    return values[random.integers(len(values))]


def app_in(folder: Path) -> Flask:
    url = f"sqlite:///{folder / 'evenkeel.db'}"
    upgrade(url)
    settings = Settings(instance_dir=folder, database_url=url, secret_key="for the tests only")
    app = create_app(settings, FakeRuntime())
    app.config["WTF_CSRF_ENABLED"] = False
    services, now = services_of(app), datetime.now(UTC)
    services.alerts, services.rooms = FakeLiveAlerts(), FakeRooms()
    services.checks = SignInChecks(PasswordVault())
    hashed = PasswordVault().hash(PASSWORD)
    with services.database.session() as work:
        add_user(work, "admin", hashed, now, role=Role.ADMIN)
        seed_cameras(work, CAMERAS, services.sealer, now)
        seed_rules(work, [ANGER], now)
    add_alert(services.database, "1")
    return app


if __name__ == "__main__":
    main(__doc__, fuzz, CASES)
