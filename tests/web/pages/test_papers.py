"""Tests of the papers, the public notice, and the pages to be read."""

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import VIEWER, AuthActions
from tests.purposes import purpose_of
from webapp.config import ROOT
from webapp.core.privacy import Privacy
from webapp.core.purpose import Protection, PurposeKind
from webapp.storage.audit import list_entries
from webapp.storage.cameras import find_camera, remove_camera, save_camera
from webapp.storage.controller import find_controller
from webapp.storage.database import Database
from webapp.storage.purposes import state_purpose
from webapp.web.pages import about, papers
from webapp.web.services import services_of, utc_now

WHO = {
    "name": "Harbour  Foods Ltd",
    "contact": "1 Quay Street\r\nprivacy@harbour.example",
    "protection_contact": "Dr. Ines Lund",
    "ground": "Article 6(1)(d) of the GDPR",
}
PAPERS = ("notice/demo", "assessment", "record", "model-card")


@pytest.fixture(autouse=True)
def model(app: Flask, tmp_path: Path) -> Path:
    """A copy of the network's papers, which a test may take away."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("README.md", "metadata.json", "metrics.json"):
        shutil.copy(ROOT / "model" / name, folder)
    app.config[papers.MODEL_DIR] = str(folder)
    return folder


def state_who(auth: AuthActions) -> None:
    answer = auth.post("/admin/papers", "/admin/papers", **WHO)
    assert answer.status_code == 303


def link_of(client: FlaskClient, camera: str) -> str:
    page = client.get(f"/admin/papers/notice/{camera}").text
    found = re.search(r"<strong>http://localhost(/notice/[\w-]+)</strong>", page)
    assert found
    return found[1]


def test_who_runs_the_cameras_is_kept_noted_and_named_on_every_paper(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    state_who(auth)
    state_who(auth)
    with database.session() as work:
        assert find_controller(work).contact == "1 Quay Street\nprivacy@harbour.example"
        (entry,) = list_entries(work)
    assert entry.action == "controller stated" and entry.details["name"] == "Harbour Foods Ltd"
    for paper in PAPERS[:3]:
        page = signed_in.get(f"/admin/papers/{paper}").text
        assert "Harbour Foods Ltd" in page and "not stated yet who" not in page
    assert "said who runs the cameras" in signed_in.get("/admin/audit").text


def test_what_is_wrong_is_said_and_what_was_typed_stays(
    signed_in: FlaskClient, auth: AuthActions, database: Database
) -> None:
    fields = WHO | {"name": " ", "contact": "", "ground": "x" * 1001}
    answer = auth.post("/admin/papers", "/admin/papers", **fields)
    assert answer.status_code == 400
    assert "Expected the name of a company, office or person." in answer.text
    assert "Expected an address, and a telephone number or e-mail address." in answer.text
    assert "Expected at most 1000 characters, got 1001." in answer.text
    assert "Dr. Ines Lund</textarea>" in answer.text
    with database.session() as work:
        assert not find_controller(work).is_stated


def test_papers_are_filled_from_the_configuration_and_leave_lines_for_the_rest(
    signed_in: FlaskClient, app: Flask
) -> None:
    app.config["RETENTION_DAYS"], app.config["AUDIT_RETENTION_DAYS"] = 30, 400
    for paper in PAPERS[:3]:
        page = signed_in.get(f"/admin/papers/{paper}").text
        assert "30 days" in page and "400 days" in page and "____" in page
        assert "not legal advice" in page and "angry" in page
    assert "hunter2" not in signed_in.get("/admin/papers/record").text
    assert signed_in.get("/admin/papers/notice/hall").status_code == 404


def test_a_stated_purpose_stands_on_notice_and_assessment(
    app: Flask, signed_in: FlaskClient, database: Database
) -> None:
    sealer, now = services_of(app).sealer, utc_now()
    until = now + timedelta(days=200)
    with database.session() as work:
        stated = replace(
            purpose_of(work, "door", now),
            kind=PurposeKind.SAFETY,
            reason="Ammonia alarms are heard too late",
            approved_by="Works council",
            protection=Protection(Privacy.BLUR, 3),
            valid_until=until,
        )
        state_purpose(work, stated, sealer)
    for paper in ("notice/door", "assessment"):
        page = signed_in.get(f"/admin/papers/{paper}").text
        assert "For safety: Ammonia alarms are heard too late." in page
        assert "Approved by Works council" in page
        assert f"valid until {until:%-d %B %Y}" in page
        assert "made unrecognisable" in page
    assert "while fewer than 3 people are there" in signed_in.get("/admin/papers/notice/door").text


def test_the_public_notice_says_the_same_to_anybody(
    app: Flask, signed_in: FlaskClient, auth: AuthActions
) -> None:
    state_who(auth)
    link = link_of(signed_in, "demo")
    stranger = app.test_client().get(link)
    assert stranger.status_code == 200
    words = re.search(
        r'<article class="panel report paper">.*?</article>', stranger.text, re.DOTALL
    )
    assert words and words[0] in signed_in.get(link).text
    assert "Harbour Foods Ltd" in words[0] and "You may <strong>object</strong>" in words[0]
    assert "door" not in words[0]


def test_a_stranger_cannot_tell_which_cameras_exist(
    app: Flask, signed_in: FlaskClient, database: Database
) -> None:
    demo, door = (link_of(signed_in, name) for name in ("demo", "door"))
    assert demo != door and "demo" not in demo
    sealer = services_of(app).sealer
    with database.session() as work:
        stored = find_camera(work, "door", sealer)
        assert stored
        save_camera(work, replace(stored.setup, title="East gate"), sealer, "mira", utc_now())
    stranger = app.test_client()
    assert "East gate" in stranger.get(door).text, "a new title changes no link"
    with database.session() as work:
        remove_camera(work, "door", "mira", utc_now())
    gone, never = stranger.get(door), stranger.get("/notice/" + "x" * 20)
    assert gone.status_code == never.status_code == 404 and gone.text == never.text


def test_the_model_card_names_the_gaps(signed_in: FlaskClient, model: Path) -> None:
    page = signed_in.get("/admin/papers/model-card").text
    assert "nobody knows how this network" in page and "the darkest third" in page
    assert re.search(r'<th scope="row">fear</th><td>64.2 %</td><td>46.0 %</td>', page)
    for path in model.iterdir():
        path.unlink()
    bare = signed_in.get("/admin/papers/model-card")
    assert bare.status_code == 200 and "No card lies beside this network" in bare.text


def test_everybody_who_is_signed_in_finds_help_and_about(
    client: FlaskClient, auth: AuthActions
) -> None:
    assert client.get("/help").status_code == client.get("/about").status_code == 303
    auth.login(VIEWER)
    start = client.get("/help").text
    assert 'href="/about"' in start and "Go and ask" in start
    about_page = client.get("/about").text
    assert "68.9" in about_page and ">Flask</th>" in about_page and ">uplot</th>" in about_page
    for path in ("", *(f"/{paper}" for paper in PAPERS)):
        assert client.get(f"/admin/papers{path}").status_code == 403


def test_without_its_lists_of_packages_about_says_so(signed_in: FlaskClient, app: Flask) -> None:
    app.config[about.CODE_DIR] = "/nowhere"
    assert "The list of packages is not there." in signed_in.get("/about").text
