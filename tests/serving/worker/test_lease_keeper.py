"""Tests of workers that share cameras through a real PostgreSQL; each is stepped by hand."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from tests.alerting.fakes import ShakyDatabase
from tests.patience import PATIENCE_S
from webapp.core.camera_list import CameraSource
from webapp.core.leases import LEASE_S
from webapp.serving.worker.lease_keeper import MESSAGES, NAMESAKE, SETTLED_AFTER_S, LeaseKeeper
from webapp.storage.cameras import seed_cameras, switch_camera
from webapp.storage.leases import LeaseKind, is_still_held, living_workers, read_board, take
from webapp.storage.sealing import Sealer

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SEALER = Sealer("k" * 32)
BEAT_S = 1.0
FOUR = tuple(CameraSource(f"c{number}", "demo") for number in range(4))


class Workers:
    """What several workers have in common: the database, and a clock that a test moves."""

    def __init__(self, database) -> None:
        self.database, self.now_s = database, 100.0

    def end_leases(self) -> None:
        """Let more than the time of a lease pass, on the database's clock."""
        with self.database.session() as work:
            for table in ("leases", "workers"):
                work.execute(text(f"UPDATE {table} SET until = until - interval '1 minute'"))

    def pass_(self, *workers) -> None:
        """Let a beat pass, in which these do their work."""
        self.now_s += BEAT_S
        for worker in workers:
            worker.beat()


class LeasedWorker:
    """A worker that runs no cameras, and notes what it is to run."""

    def __init__(self, among: Workers, name: str, **options) -> None:
        self.database = ShakyDatabase(among.database)
        self.keeper = LeaseKeeper(self.database, name, SEALER, clock=lambda: among.now_s, **options)
        self.held, self.calls = [], []

    def beat(self) -> None:
        self.keeper.step()
        self.keeper.hand_over(self.hold)

    def hold(self, setups, others) -> None:
        self.held = [setup.name for setup in setups]
        self.calls.append((list(self.held), list(others)))


@pytest.fixture
def among(postgres_database):
    with postgres_database.session() as work:
        seed_cameras(work, FOUR, SEALER, NOW)
    return Workers(postgres_database)


def seed(among, *cameras, worker=""):
    with among.database.session() as work:
        seed_cameras(work, [CameraSource(*each) for each in cameras], SEALER, NOW, worker)


def test_workers_share_the_cameras_and_a_new_one_gets_its_part(among):
    north, south = LeasedWorker(among, "north"), LeasedWorker(among, "south")
    among.pass_(north)
    assert north.calls == [(["c0", "c1", "c2", "c3"], [])]
    assert set(north.keeper.tokens().values()) == {1}
    for _ in range(6):
        among.pass_(north, south)
        assert not {*north.held} & {*south.held}
    assert (len(north.held), len(south.held)) == (2, 2)
    assert north.calls[-1] == (north.held, south.held)
    assert {south.keeper.token_of(name) for name in south.held} == {2}
    assert north.keeper.token_of(south.held[0]) is None
    calls = len(north.calls) + len(south.calls)
    among.pass_(north, south)
    assert len(north.calls) + len(south.calls) == calls, "nothing changed, so nobody is told"
    with among.database.session() as work:
        assert living_workers(work) == ["north", "south"]


def test_what_is_given_back_is_still_held_until_all_of_it_is_written(among):
    north, south = LeasedWorker(among, "north"), LeasedWorker(among, "south")
    among.pass_(north, south)
    among.pass_(north)
    (left,) = {*north.keeper.tokens()} - {*north.held}
    among.now_s += SETTLED_AFTER_S / 2
    north.beat()
    assert left in north.keeper.tokens()
    among.now_s += SETTLED_AFTER_S / 2
    north.beat()
    assert left not in north.keeper.tokens()
    south.beat()
    assert south.held == [left]


def test_who_stops_hands_over_at_once_and_who_dies_within_the_time_of_a_lease(among):
    north, south, east = (LeasedWorker(among, name) for name in ("north", "south", "east"))
    among.pass_(north, south)
    assert [each.keeper.is_on_duty() for each in (north, south)] == [True, False]
    north.keeper.stop()
    assert not north.keeper.tokens() and not north.keeper.is_on_duty()
    among.pass_(north, south)
    assert north.keeper.tokens() == {}, "it takes nothing any more"
    assert len(south.held) == 4 and south.keeper.is_on_duty(MESSAGES)
    # From here on it says nothing any more.
    among.pass_(east)
    among.end_leases()
    began_s = among.now_s
    while not east.held:
        assert not east.keeper.is_on_duty()
        among.pass_(east)
    assert among.now_s - began_s == LEASE_S + BEAT_S
    assert len(east.held) == 4 and east.keeper.is_on_duty()
    assert not south.keeper.is_on_duty(), "by its own clock, though it asked nobody"
    # It comes back, and finds all taken.
    south.beat()
    assert south.held == [] and len(south.calls[-1][1]) == 4
    with among.database.session() as work:
        assert living_workers(work) == ["east", "south"]


def test_two_workers_of_one_name_are_told_once(among, caplog):
    north, namesake = LeasedWorker(among, "north"), LeasedWorker(among, "north")
    among.pass_(namesake)
    for _ in range(15):
        among.pass_(north)
    assert caplog.messages.count(NAMESAKE % "north") == 1


def test_after_an_outage_each_has_its_own_cameras_again(among):
    north, south = LeasedWorker(among, "north"), LeasedWorker(among, "south")
    for _ in range(6):
        among.pass_(north, south)
    before, duty = (north.keeper.tokens(), south.keeper.tokens()), north.keeper.is_on_duty()
    assert duty
    for worker in (north, south):
        worker.database.is_away = True
    for _ in range(20):
        among.pass_(north, south)
    assert (north.keeper.tokens(), south.keeper.tokens()) == before, "the workers go on"
    assert not north.keeper.is_on_duty()
    among.end_leases()
    for worker in (north, south):
        worker.database.is_away = False
    # Who comes first has not seen yet that the other renews nothing.
    among.pass_(south)
    among.pass_(south, north)
    assert (north.keeper.tokens(), south.keeper.tokens()) == before
    assert north.keeper.is_on_duty()


def test_a_worker_begins_anew_with_a_camera_that_another_had_while_it_saw_nothing(among):
    seed(among, ("door", "demo"))
    north, south = LeasedWorker(among, "north"), LeasedWorker(among, "south")
    among.pass_(north)
    with among.database.session() as work:
        lease = read_board(work).leases[LeaseKind.CAMERA]["door"]
        work.execute(text("UPDATE leases SET holder = '', until = now()"))
        take(work, south.keeper._me, LeaseKind.CAMERA, {"door": lease})
        assert not is_still_held(work, "door", lease.token)
        assert is_still_held(work, "door", lease.token + 1)
    south.keeper.stop()
    among.now_s += BEAT_S
    north.keeper.step()
    assert (north.keeper.tokens(), north.keeper.running_tokens()) == ({"door": 3}, {"door": 1})
    among.pass_(north)
    assert north.calls == [(["door"], []), ([], ["door"]), (["door"], [])]
    assert north.keeper.tokens() == north.keeper.running_tokens() == {"door": 3}


def test_of_two_that_take_the_same_one_wins_and_nobody_takes_what_is_being_written(among):
    north, south = LeasedWorker(among, "north").keeper._me, LeasedWorker(among, "south").keeper._me
    with among.database.session() as slow:
        take(slow, north, LeaseKind.DUTY, {MESSAGES: None})
        done = threading.Event()

        def late():
            with among.database.session() as work:
                take(work, south, LeaseKind.DUTY, {MESSAGES: None})
            done.set()

        thread = threading.Thread(target=late)
        thread.start()
    thread.join(PATIENCE_S)
    assert done.is_set()
    with among.database.session() as work:
        lease = read_board(work).leases[LeaseKind.DUTY][MESSAGES]
        assert (lease.holder, lease.token) == (north.id, 1)
        work.execute(text("UPDATE leases SET until = now() - interval '1 s'"))
    with among.database.session() as writing, among.database.session() as work:
        # As a record that is being written does.
        writing.execute(text("SELECT 1 FROM leases FOR SHARE"))
        take(work, south, LeaseKind.DUTY, {MESSAGES: lease})
        assert read_board(work).leases[LeaseKind.DUTY][MESSAGES].holder == north.id


def test_devices_stay_where_they_are_plugged_in_and_switched_off_cameras_go(among):
    seed(among, ("door", "0"), ("gate", "demo"), worker="south")
    north, south = LeasedWorker(among, "north"), LeasedWorker(among, "south")
    among.pass_(north, south)
    assert (north.held, south.held) == (["gate"], ["door"])
    with among.database.session() as work:
        switch_camera(work, "gate", False, "mira", NOW)
    among.pass_(north, south)
    assert north.calls[-1] == ([], ["door"])
    assert "gate" in north.keeper.tokens(), "it ends its alerts under its own token"
    among.pass_(north, south)
    assert north.keeper.tokens() == {}


def test_a_change_that_fails_is_made_again_and_renewing_goes_on_meanwhile(among, caplog):
    north, stop = LeasedWorker(among, "north"), threading.Event()
    may_fail = [RuntimeError("odd"), None]

    def hold(setups, others):
        if error := may_fail.pop(0):
            raise error
        stop.set()

    threads = [
        threading.Thread(target=north.keeper.run, args=(stop,)),
        threading.Thread(target=north.keeper.run_cameras, args=(hold, stop)),
    ]
    for thread in threads:
        thread.start()
    assert stop.wait(PATIENCE_S)
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
    assert "the cameras were not changed; it is tried again" in caplog.text
    assert len(north.keeper.tokens()) == 4


def test_what_only_does_duties_is_no_worker_and_takes_no_camera(among):
    web = LeasedWorker(among, "web", duties=("mqtt",), holds_cameras=False)
    among.pass_(web)
    assert web.keeper.is_on_duty("mqtt") and not web.keeper.is_on_duty()
    assert web.keeper.tokens() == {}
    with among.database.session() as work:
        assert living_workers(work) == []
