import json
import re
import time

import pytest
from sqlalchemy import delete

from tests.audit_log import unguarded
from tests.conftest import ADMIN, MANAGER, NEWCOMER, PASSWORD, VIEWER, AuthActions
from webapp import __version__
from webapp.command import training
from webapp.command.main import main
from webapp.core.history import HistoryRow
from webapp.storage.alert_tables import AuditRow
from webapp.storage.audit import list_entries
from webapp.storage.history import write_history
from webapp.storage.secret_files import write_first_password

NEW_PASSWORD = "another long password"


@pytest.fixture
def run(runner, settings):
    def run(*arguments: str, text: str | None = None):
        env = {
            "DATABASE_URL": settings.database_url,
            "INSTANCE_DIR": str(settings.instance_dir),
        }
        return runner.invoke(main, arguments, env=env, input=text)

    return run


def test_the_version(run):
    assert __version__ in run("--version").output


def test_help_names_every_command(run):
    commands = re.findall(r"^  ([a-z][a-z-]*) ", run("--help").output, re.MULTILINE)
    assert commands == [
        *("audit", "average", "benchmark", "calibrate", "camera", "db", "evaluate", "export"),
        *("image", "purge", "receivers", "train", "user", "video", "weigh", "worker"),
    ]


def test_train_offers_every_architecture():
    from webapp.training.networks import ARCHITECTURES

    assert sorted(training.ARCHITECTURES) == sorted(ARCHITECTURES)


def test_an_added_user_signs_in(run, client):
    done = run("user", "add", "Mira", text=f"{NEW_PASSWORD}\n{NEW_PASSWORD}\n")
    assert done.output.endswith("Mira may sign in.\n")
    assert AuthActions(client).login("mira", NEW_PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("user", "add", VIEWER.upper(), "--password", NEW_PASSWORD), "there is a user"),
        (("user", "add", "Mira", "--password", "short"), "needs at least 10"),
        (("user", "add", " ", "--password", NEW_PASSWORD), "a name of 1 to"),
        (("user", "password", "nobody", "--password", NEW_PASSWORD), "there is no user nobody"),
        (("user", "sign-out", "nobody"), "there is no user nobody"),
        (("train", "--data", "/nowhere"), "does not exist"),
        (("evaluate", "--data", ".", "--model", "/nowhere"), "model.json is missing"),
        (("evaluate", "--data", ".", "--exclude", __file__), "'--exclude': Directory"),
    ],
)
def test_a_refusal_is_one_line_and_a_status(run, arguments, message):
    done = run(*arguments)
    assert done.exit_code != 0
    assert message in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
@pytest.mark.parametrize(
    ("command", "option"),
    [
        *(("train", f"--{name}") for name in ("conditions", "mixup", "smoothing", "width")),
        ("train", "--votes-share"),
        *(("train", "--teacher-share"), ("train", "--peak-learning-rate")),
        *(("benchmark", "--seconds"), ("video", "--seconds")),
    ],
)
def test_options_want_finite_numbers(run, command, option, number):
    done = run(command, option, number)
    assert done.exit_code == 2
    assert f"Invalid value for '{option}'" in done.output


@pytest.mark.parametrize("weight", ["fear", "=2", "fear=", "fear=0", "fear=-1", "fear=nan"])
def test_a_class_weight_is_a_class_and_a_number_above_zero(run, weight):
    done = run("weigh", "--model", ".", "--data", ".", "--out", ".", "--weight", weight)
    assert done.exit_code == 2
    assert f"expected CLASS=NUMBER above 0, such as fear=2.5, got {weight}" in done.output


def test_a_class_is_weighed_once(run):
    weights = ("--weight", "fear=2", "--weight", "fear=3")
    done = run("weigh", "--model", ".", "--data", ".", "--out", ".", *weights)
    assert done.exit_code == 2
    assert "expected each class once, got fear, fear" in done.output


def test_a_new_password_ends_the_old_sign_ins(run, client, auth):
    auth.login(VIEWER, PASSWORD)
    assert client.get("/").status_code == 200
    assert run("user", "password", VIEWER, "--password", NEW_PASSWORD).exit_code == 0
    assert client.get("/").status_code == 303
    assert auth.login(VIEWER, PASSWORD).status_code != 303
    assert auth.login(VIEWER, NEW_PASSWORD).status_code == 303


def test_a_new_password_takes_the_first_one_away(run, settings):
    path = write_first_password(settings.instance_dir, "the first one")
    assert run("user", "password", NEWCOMER, "--password", NEW_PASSWORD).exit_code == 0
    assert path.exists(), "it is another's"
    assert run("user", "password", ADMIN, "--password", NEW_PASSWORD).exit_code == 0
    assert not path.exists()


def test_a_user_is_made_disabled_enabled_and_removed(run, auth):
    made = run("user", "add", "Mira", "--one-time").output
    password = re.fullmatch(r"Mira may sign in, once, with (\S+)\.\n", made)[1]
    assert auth.login("mira", password).headers["Location"] == "/"
    assert "Mira (viewer, signed in 1 times)" in run("user", "list").output
    assert "1 sign-ins ended" in run("user", "disable", "Mira").output
    assert run("user", "role", "Mira", "Manager").output == "Mira is manager now.\n"
    assert run("user", "role", "Mira", "viewer").exit_code == 0
    assert "Mira (viewer, disabled)" in run("user", "list").output
    assert run("user", "enable", "Mira").exit_code == 0
    again = run("user", "password", "Mira", "--one-time").output
    assert again.startswith("Mira has a new password, once, with ") and password not in again
    assert run("user", "remove", "Mira").exit_code == 0
    assert "Mira" not in run("user", "list").output
    for deed in ("disable", "remove"):
        done = run("user", deed, ADMIN)
        assert done.exit_code == 1 and "is the last admin" in done.output


def test_an_api_token_is_made_listed_and_revoked(run, client):
    assert run("user", "token", "list").output == "There are no API tokens.\n"
    add = ("user", "token", "add")
    token = run(*add, MANAGER, "Desk", "--scope", "metrics", "--days", "30").output.strip()
    header = {"Authorization": f"Bearer {token}"}
    assert client.get("/metrics", headers=header).status_code == 200
    listed = run("user", "token", "list").output
    assert "1 Desk, of manager, for metrics; ends " in listed and token not in listed
    assert run("user", "token", "revoke", "1").output == "Desk opens nothing any more.\n"
    assert client.get("/metrics", headers=header).status_code == 401
    assert "was revoked; last used" in run("user", "token", "list").output
    end = ("--days", "30")
    for arguments, expected in (
        ((*add, VIEWER, "Desk", "--scope", "metrics", *end), "a viewer, who may not use: metrics"),
        ((*add, "nobody", "Desk", "--scope", "read", *end), "there is no user nobody"),
        ((*add, VIEWER, " ", "--scope", "read", *end), "a name of 1 to 80"),
        ((*add, VIEWER, "Desk", "--scope", "read", "--days", "366"), "366"),
        ((*add, VIEWER, "Desk", "--scope", "read"), "--days"),
        ((*add, VIEWER, "Desk", *end), "--scope"),
        (("user", "token", "revoke", "7"), "there is no API token 7"),
    ):
        done = run(*arguments)
        assert done.exit_code and expected in done.output, done.output


def test_signing_out_from_the_shell(run, client, auth, database):
    auth.login(NEWCOMER)
    assert run("user", "sign-out", NEWCOMER).output == "1 sign-ins ended.\n"
    assert client.get("/").status_code == 303
    with database.session() as work:
        newest, *_ = list_entries(work)
    assert (newest.author, newest.action) == ("command line", "user signed out")
    assert newest.details == {"user": NEWCOMER, "sign-ins ended": 1}


def test_upgrade_makes_a_database_from_nothing(runner, tmp_path):
    env = {"DATABASE_URL": f"sqlite:///{tmp_path / 'new' / 'evenkeel.db'}"}
    assert runner.invoke(main, ["db", "upgrade"], env=env).exit_code == 0
    assert (tmp_path / "new" / "evenkeel.db").exists()


def test_purge_prints_what_it_deleted(run, database):
    day_s = 24 * 3600
    now_s = int(time.time()) // 10 * 10
    with database.session() as session:
        for at_s in (now_s - 100 * day_s, now_s - 50 * day_s, now_s - day_s):
            row = HistoryRow(at_s, 10, 10.0, 0.0, 0.0, 0, (0.0,), ("angry",), 0.0, 0.0)
            write_history(session, "door", row)
    assert "older than 90 days: 3 rows of history, 0 alerts" in run("purge").output
    assert "older than 30 days: 3 rows of history" in run("purge", "--days", "30").output
    assert "0 rows" in run("purge", "--days", "30").output
    assert run("purge", "--days", "-1").exit_code == 2


def test_the_audit_log_is_verified_against_a_head_of_before(run, client, auth, database):
    auth.login()
    auth.logout()
    whole = run("audit", "verify")
    assert whole.exit_code == 0 and "Checkpoint: none" in whole.output
    assert re.search(r"^Entries:    2$", whole.output, re.MULTILINE)
    head = re.search("Head:       ([0-9a-f]{64}) .entry 2.", whole.output)[1]
    assert run("audit", "verify", "--head", head).exit_code == 0
    with database.session() as work, unguarded(work):
        work.execute(delete(AuditRow).where(AuditRow.id == 2))
    cut = run("audit", "verify", "--head", head)
    assert cut.exit_code == 1 and f"No entry has the hash {head}" in cut.output


def test_figures_go_to_the_screen_and_to_a_file(tmp_path, capsys):
    from webapp.command.output import show_figures

    show_figures({"accuracy": 0.5}, tmp_path / "made" / "figures.json")
    assert json.loads(capsys.readouterr().out) == {"accuracy": 0.5}
    assert json.loads((tmp_path / "made" / "figures.json").read_text()) == {"accuracy": 0.5}
    with pytest.raises(SystemExit, match="cannot be written"):
        show_figures({}, tmp_path / "made")
