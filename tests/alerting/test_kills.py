import sqlite3
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest

from tests.alerting.crash_process import RULE
from tests.alerting.kills import DRAIN_S, KillRun, kill_again_and_again
from webapp.storage.database import Database
from webapp.storage.rules import seed_rules
from webapp.storage.upgrade import upgrade


@pytest.fixture
def url(tmp_path):
    """A database that already has the one rule, so that starting writes nothing."""
    url = f"sqlite:///{tmp_path / 'evenkeel.db'}"
    upgrade(url)
    with closing(Database(url)) as database, database.session() as session:
        seed_rules(session, [RULE], datetime.now(UTC))
    return url


@contextmanager
def write_lock(url):
    """Keep every other process from writing, as a backup may."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_killed_three_times_nothing_is_lost_doubled_or_half_written(url, capsys):
    outcome = kill_again_and_again(url, kills=3, seed=1)
    with capsys.disabled():
        print(f"\n{outcome}")
    assert outcome.alerts, "nothing happened"
    assert outcome.faults() == {}


def test_what_was_killed_before_it_was_written_fires_again_as_another_alert(url):
    with KillRun(url) as run:
        with write_lock(url):
            process = run.start("angry")
            lost = run.next_fired(process)
            run.kill(process)
        process = run.start("angry")
        again = run.next_fired(process)
        assert run.receiver.wait_for(f"{again}/firing", DRAIN_S)
        run.wait_until_sent()
        run.kill(process)
        run.drain()
        outcome = run.look()
        assert lost not in ("", again)
        assert outcome.faults() == {}, outcome
        assert run.receiver.arrived.keys() == {f"{again}/firing", f"{again}/resolved"}
        assert (outcome.alerts, outcome.unwritten) == (1, 1)
