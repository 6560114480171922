"""Who of several workers holds which camera: what each takes, keeps and gives back."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_state import SourceKind

# A lease is renewed several times while it lasts.
LEASE_S, RENEW_EVERY_S = 5.0, 1.0
# A worker that holds more than another by so many gives one back; at one they would swap for ever.
UNFAIR_BY = 2
# And of many at once such a part of the difference, so that nobody has too much for minutes.
GIVEN_PART = 4
NOBODY = ""


@dataclass(frozen=True)
class Worker:
    """A process that can hold cameras.

    Attributes:
        id: unlike that of any process before.
        name: as cameras name the only worker that may hold them.
    """

    id: str
    name: str


@dataclass(frozen=True)
class Lease:
    """Who holds something.

    Attributes:
        holder: id of a worker; "" where it was given back.
        token: grows by one with each holder, so that a late write can be told.
        until: when it ends unless it is renewed.
        is_over: whether it has ended, on the clock of `until`.
    """

    holder: str
    token: int
    until: datetime
    is_over: bool


@dataclass(frozen=True)
class Moves:
    """What a worker does next: names of cameras."""

    take: tuple[str, ...] = ()
    give_back: tuple[str, ...] = ()


class UnrenewedLeases:
    """Tells leases whose holder is gone from those that nobody could renew for an outage.

    Both look the same at first. So a lease that is over counts as free only when it was seen
    unrenewed for as long as a lease lasts, in which its holder could have renewed it.
    """

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._since_s: dict[str, tuple[Lease, float]] = {}
        self._looked_at_s: float | None = None

    def step(self, leases: Mapping[str, Lease], now_s: float) -> frozenset[str]:
        """Return the names of the leases that anybody may take.

        Args:
            leases: as they are now, by name.
            now_s: monotonic time.
        """
        last_s, self._looked_at_s = self._looked_at_s, now_s
        if last_s is None or now_s - last_s > LEASE_S:
            self._since_s = {}
        self._since_s = {name: self._seen(name, lease, now_s) for name, lease in leases.items()}
        return frozenset(
            name
            for name, (lease, since_s) in self._since_s.items()
            if lease.holder == NOBODY or (lease.is_over and now_s - since_s >= LEASE_S)
        )

    def forget(self) -> None:
        """Begin anew: nobody could look, so nobody could renew."""
        self._looked_at_s = None

    def _seen(self, name: str, lease: Lease, now_s: float) -> tuple[Lease, float]:
        before, since_s = self._since_s.get(name, (lease, now_s))
        is_same = (before.holder, before.until) == (lease.holder, lease.until)
        return lease, since_s if is_same else now_s


def is_bound(camera: CameraSetup) -> bool:
    """Return whether a camera runs on one worker alone, as a device does where it is plugged in."""
    return bool(camera.worker) or camera.kind == SourceKind.CAMERA


def decide(
    me: Worker,
    cameras: Sequence[CameraSetup],
    holders: Mapping[str, str],
    workers: Iterable[Worker],
) -> Moves:
    """Return what a worker does next.

    The cameras that are bound to it are its own. Of the others, each that is free goes to whoever
    holds the fewest, so that nobody gets more than a fair share; who holds clearly the most gives
    one back, or some of many. All workers come to the same answer, whoever asks.

    Args:
        cameras: all that are to run.
        holders: id of who holds a camera, by its name; those that anybody may take are left out.
        workers: those that live.
    """
    own = [each.name for each in cameras if is_bound(each) and each.worker == me.name]
    shared = [each.name for each in cameras if not is_bound(each)]
    loads = Counter(dict.fromkeys([me.id, *(worker.id for worker in workers)], 0))
    loads.update(holders[name] for name in shared if holders.get(name) in loads)
    takers: dict[str, str] = {}
    for name in shared:
        if name not in holders:
            takers[name] = min(loads, key=lambda worker: (loads[worker], worker))
            loads[takers[name]] += 1
    held = [name for name, holder in holders.items() if holder == me.id]
    may_hold, may_give = {*own, *shared}, set(shared)
    give_back = [name for name in held if name not in may_hold]
    most, least = max(loads, key=lambda id: (loads[id], id)), min(loads.values())
    unfair_by = loads[most] - least
    if not give_back and most == me.id and unfair_by >= UNFAIR_BY:
        give_back = [name for name in held if name in may_give][-max(1, unfair_by // GIVEN_PART) :]
    take = [name for name in own if name not in holders]
    take += [name for name, taker in takers.items() if taker == me.id]
    return Moves(tuple(take), tuple(give_back))


def why_unheld(camera: CameraSetup, living: Collection[str]) -> str:
    """Return why nobody holds a camera.

    Args:
        camera: one that is to run.
        living: names of the workers that live.
    """
    if is_bound(camera) and not camera.worker:
        return "no worker is named for it; choose that of its machine where the camera is set up"
    if camera.worker and camera.worker not in living:
        return f"its worker {camera.worker} is away"
    return "a worker is about to take it" if living else "no worker is there"
