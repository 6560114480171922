from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from webapp.core.camera_setup import CameraSetup
from webapp.core.leases import (
    LEASE_S,
    Lease,
    Moves,
    UnrenewedLeases,
    Worker,
    decide,
    why_unheld,
)

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
A, B, C = Worker("a", "north"), Worker("b", "south"), Worker("c", "east")
HELD = Lease("a", 1, NOW, is_over=True)


def cameras(count):
    return [CameraSetup(f"c{number}", "", "rtsp://camera/") for number in range(count)]


def play(wanted, holders, workers):
    """Let each worker decide in turn until nobody moves; return who holds what, and the moves."""
    moves = 0
    for _ in range(50):
        before = dict(holders)
        for me in workers:
            decided = decide(me, wanted, holders, workers)
            moves += len(decided.give_back)
            for name in decided.give_back:
                del holders[name]
            holders |= dict.fromkeys(decided.take, me.id)
        if holders == before:
            return holders, moves
    raise AssertionError("it never comes to rest")


def loads(holders):
    return sorted(list(holders.values()).count(each.id) for each in (A, B, C))


@pytest.mark.parametrize(
    ("before", "workers", "shares", "moved"),
    [
        ("", [A], [0, 0, 7], 0),
        ("", [A, B, C], [2, 2, 3], 0),
        ("aaaaaaa", [A, B, C], [2, 2, 3], 4),
        ("aaaabbb", [A, B, C], [2, 2, 3], 2),
        ("aaaabbb", [A, B], [0, 3, 4], 0),
        ("aaaabb", [B, C], [0, 3, 4], 0),
    ],
)
def test_everybody_gets_a_fair_share_and_no_more_is_moved_than_that_takes(
    before, workers, shares, moved
):
    living = {worker.id for worker in workers}
    holders = {f"c{place}": id for place, id in enumerate(before) if id in living}
    held, moves = play(cameras(7), holders, workers)
    assert (len(held), loads(held), moves) == (7, shares, moved)


def test_a_hundred_cameras_are_shared_out_within_seconds_of_a_second_worker():
    wanted = cameras(100)
    holders = dict.fromkeys((each.name for each in wanted), "a")
    sizes = []
    for _ in range(12):
        for me in (A, B):
            moves = decide(me, wanted, holders, [A, B])
            sizes.append(len(moves.give_back))
            holders = {name: id for name, id in holders.items() if name not in moves.give_back}
            holders |= dict.fromkeys(moves.take, me.id)
    assert loads(holders) == [0, 50, 50]
    assert (max(sizes), sizes[-2:]) == (25, [0, 0])


def test_what_a_dead_worker_still_has_waits_and_one_is_given_back_at_a_time():
    wanted = cameras(6)
    holders = {each.name: "dead" for each in wanted[:2]} | {each.name: "a" for each in wanted[2:]}
    assert decide(B, wanted, holders, [A, B]) == Moves()
    assert decide(A, wanted, holders, [A, B]) == Moves(give_back=("c5",))


def test_a_device_runs_where_it_is_plugged_in_and_a_bound_camera_where_it_is_said():
    device, free = CameraSetup("door", "", "0"), CameraSetup("gate", "", "rtsp://camera/")
    named, bound = replace(device, name="hall", worker="south"), replace(free, worker="south")
    wanted = [device, named, bound]
    assert decide(A, wanted, {}, [A, B]) == Moves()
    assert decide(B, wanted, {}, [A, B]) == Moves(take=("hall", "gate"))
    held = dict.fromkeys(("door", "hall", "gate", "gone"), "a")
    assert decide(A, wanted, held, [A, B]).give_back == ("door", "hall", "gate", "gone")
    assert why_unheld(device, ["south"]).startswith("no worker is named for it; choose")
    assert why_unheld(named, ["north"]) == "its worker south is away"
    assert why_unheld(free, []) == "no worker is there"
    assert why_unheld(named, ["south"]) == "a worker is about to take it"


def test_a_lease_that_is_over_is_free_once_its_holder_could_have_renewed_it():
    seen = UnrenewedLeases()
    given_back = replace(HELD, holder="")
    assert seen.step({"door": HELD, "hall": given_back}, 0.0) == {"hall"}
    assert seen.step({"door": HELD}, LEASE_S - 0.1) == frozenset()
    assert seen.step({"door": HELD}, LEASE_S) == {"door"}
    renewed = replace(HELD, until=NOW + timedelta(seconds=1))
    assert seen.step({"door": renewed}, LEASE_S + 1) == frozenset()
    assert seen.step({"door": renewed}, 2 * LEASE_S) == frozenset()
    # It is over only on the database's clock.
    assert seen.step({"door": replace(renewed, is_over=False)}, 2 * LEASE_S + 2) == frozenset()
    assert seen.step({"door": renewed}, 2 * LEASE_S + 2) == {"door"}


@pytest.mark.parametrize(("forgets", "again_at_s"), [(True, 2.0), (False, LEASE_S + 0.5)])
def test_after_an_outage_and_after_a_standstill_the_holder_has_its_time_again(forgets, again_at_s):
    seen = UnrenewedLeases()
    seen.step({"door": HELD}, 0.0)
    if forgets:
        seen.forget()
    assert seen.step({"door": HELD}, again_at_s) == frozenset()
    assert seen.step({"door": HELD}, again_at_s + LEASE_S - 0.5) == frozenset()
    assert seen.step({"door": HELD}, again_at_s + LEASE_S) == {"door"}
