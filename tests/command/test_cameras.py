"""Tests of `python -m webapp camera`."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete

from tests.command.test_main import run
from webapp.core.privacy import Privacy
from webapp.core.purpose import Protection, PurposeKind
from webapp.storage.camera_tables import CameraRow
from webapp.storage.purposes import PurposeRow, find_holds, newest_purposes

__all__ = ["run"]
STATED = (
    *("--kind", "safety", "--reason", "Crane operators must not lift while unwell."),
    *("--approved-by", "Works council", "--region", "eu"),
)


@pytest.fixture(autouse=True)
def unstated(database):
    """The camera `door`, whose purpose nobody stated."""
    with database.session() as work:
        work.execute(delete(PurposeRow))


def test_a_purpose_is_stated_listed_and_withdrawn(run, database):
    assert run("camera", "list").output.endswith(" off because no purpose is stated\n")
    done = run("camera", "purpose", "door", *STATED, "--informed", "--days", "30")
    assert done.output.startswith("door may go live until ")
    with database.session() as work:
        stated = newest_purposes(work)["door"]
        assert find_holds(work, datetime.now(UTC)) == {}
    assert (stated.kind, stated.stated_by) == (PurposeKind.SAFETY, "command line")
    assert stated.protection == Protection(Privacy.BLUR, 3)
    assert (stated.valid_until - stated.stated_at).days == 30
    assert " for safety until " in run("camera", "list").output
    assert run("camera", "withdraw", "door").output == "door is off.\n"
    assert "its purpose was withdrawn" in run("camera", "list").output


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("purpose", "door", *STATED), "expected that those who are filmed were informed"),
        (("purpose", "door", *STATED, "--informed", "--min-group", "1"), "a reason in words"),
        (("purpose", "cellar", *STATED), "no camera cellar that needs a purpose. There are: door"),
        (("purpose", "demo", *STATED), "no camera demo that needs a purpose"),
        (("withdraw", "door"), "no purpose was stated of door"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_stated(run, database, arguments, fault):
    done = run("camera", *arguments)
    assert done.exit_code == 1 and fault in done.output, done.output
    with database.session() as work:
        assert newest_purposes(work) == {}


def test_before_the_first_start_the_cameras_are_those_of_the_settings(run, database, monkeypatch):
    with database.session() as work:
        work.execute(delete(CameraRow))
    assert run("camera", "list").output == "No camera needs a purpose.\n"
    with database.session() as work:
        work.execute(delete(CameraRow))
    monkeypatch.setenv("CAMERAS", "hall=0")
    assert run("camera", "purpose", "hall", *STATED, "--informed").exit_code == 0
