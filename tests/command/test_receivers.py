"""Tests of `python -m webapp receivers`."""

from tests.alerting.receiver import AlertReceiver
from tests.command.test_main import run
from tests.receivers import NOW
from tests.web.alert_rows import ANGER
from webapp.storage.receivers import list_receivers
from webapp.storage.rules import save_rule

__all__ = ["run"]
URL = "json://mira:hunter2@127.0.0.1:{}/"


def test_a_receiver_is_added_listed_tried_and_removed(run, database):
    desk = AlertReceiver()
    desk.start()
    try:
        with database.session() as work:
            rule = save_rule(work, ANGER, "mira", NOW).rule
        url = URL.format(desk.port)
        options = ("--rule", rule.name, "--camera", "door", "--hours", "mon-fri 06:00-14:00")
        done = run("receivers", "add", "Desk", *options, text=f"{url}\n")
        assert done.output.endswith("Desk is told of alerts.\n") and "hunter2" not in done.output
        with database.session() as work:
            (stored,) = list_receivers(work)
        assert (stored.receiver.scope.rules, stored.receiver.scope.cameras) == ({rule.id}, {"door"})
        listed = run("receivers", "list").output
        assert "json://127.0.0.1, mon-fri 06:00-14:00" in listed and "hunter2" not in listed
        assert run("receivers", "test", "Desk").output == "Desk took the test message.\n"
        assert [message["title"] for message in desk.messages] == ["Evenkeel: a test"]
    finally:
        desk.stop()
    assert run("receivers", "remove", "Desk").exit_code == 0
    assert run("receivers", "list").output == "Nobody is told of alerts.\n"


def test_what_is_wrong_is_told(run, database, settings):
    url = URL.format(9)
    for arguments, expected in (
        (("add", " ", "--url", url), "a name of 1 to 80"),
        (("add", "Desk", "--url", "what://hunter2"), "expected an address that Apprise knows"),
        (("add", "Desk", "--url", url, "--rule", "None"), "there is no rule None"),
        (("add", "Desk", "--url", url, "--hours", "someday"), "--hours: expected a schedule"),
        (("test", "Desk"), "there is no receiver Desk"),
        (("remove", "Desk"), "there is no receiver Desk"),
    ):
        done = run("receivers", *arguments)
        assert done.exit_code == 1 and expected in done.output, done.output
        assert "hunter2" not in done.output
    assert run("receivers", "add", "Desk", "--url", url).exit_code == 0
    (settings.instance_dir / "secret-key").write_text("another secret key\n")
    assert "cannot be read" in run("receivers", "list").output
    done = run("receivers", "add", "Other", "--url", url)
    assert done.exit_code == 1 and "SECRET_KEY: with this one none" in done.output
