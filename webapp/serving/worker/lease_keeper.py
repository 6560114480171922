"""Keeps what a worker holds: takes, renews and gives back, once a second."""

import logging
import math
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from webapp.core.camera_setup import CameraSetup
from webapp.core.errors import StorageError
from webapp.core.leases import LEASE_S, RENEW_EVERY_S, UnrenewedLeases, Worker, decide
from webapp.recording.recorder import Sessions
from webapp.storage.cameras import enabled_cameras
from webapp.storage.leases import (
    LeaseKind,
    announce,
    give_back,
    leave,
    read_board,
    renew,
    take,
)
from webapp.storage.sealing import Sealer

logger = logging.getLogger(__name__)
# Of several workers one sends messages, and does what else is done once.
MESSAGES = "messages"
# What a camera that is let go left to be written is written by then, before another takes it.
SETTLED_AFTER_S = 0.5
LOOK_EVERY_S = 0.5
NAMESAKE_AFTER_S = 2 * LEASE_S
NAMESAKE = (
    "another worker is called %s, too: a camera that is bound to this name runs on either. Give "
    "each a WORKER_NAME of its own"
)
# Runs cameras from now on, and is told the names of all others that are to run.
Hold = Callable[[Sequence[CameraSetup], Sequence[str]], None]


@dataclass(frozen=True)
class Holding:
    """What a worker is to run.

    Attributes:
        setups: of the cameras that it holds.
        others: names of all other cameras that are to run.
        tokens: of its cameras, by name.
    """

    setups: list[CameraSetup]
    others: list[str]
    tokens: Mapping[str, int]

    def without_taken_anew(self, before: Mapping[str, int]) -> "Holding":
        """Return it without the cameras that another had in between: who holds them begins anew."""
        anew = {name for name, token in self.tokens.items() if before.get(name, token) != token}
        setups = [each for each in self.setups if each.name not in anew]
        return Holding(setups, [*self.others, *anew], self.tokens) if anew else self


class LeaseKeeper:
    """Shares cameras and duties with other workers, through the database.

    While the database is away the worker keeps its cameras: nobody else can take them then, nor
    at once when it is back. A duty ends with its lease, on this machine's own clock.
    """

    def __init__(
        self,
        database: Sessions,
        name: str,
        sealer: Sealer,
        duties: Sequence[str] = (MESSAGES,),
        holds_cameras: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; holds nothing yet.

        Args:
            database: a PostgreSQL one.
            name: of this worker, as cameras that are bound to it name it.
            sealer: opens the addresses of cameras.
            duties: what it does if nobody else does.
            holds_cameras: False for a process that is no worker and only does duties.
            clock: monotonic, in seconds.
        """
        self._database, self._sealer, self._clock = database, sealer, clock
        # Unlike that of any process before: what one that died holds is not ours.
        self._me = Worker(secrets.token_hex(16), name)
        self._wanted_duties, self._holds_cameras = duties, holds_cameras
        self._unrenewed = {kind: UnrenewedLeases() for kind in LeaseKind}
        # Replaced, never changed: they are read from other threads.
        self._tokens: Mapping[str, int] = {}
        self._duties: frozenset[str] = frozenset()
        self._duties_end_at_s = 0.0
        self._leaving: Sequence[str] = ()
        self._wanted: Holding | None = None
        self._held: Holding | None = None
        self._held_since_s = 0.0
        self._namesake_since_s: float | None = None
        self._has_news = threading.Event()
        # Web instances ask for a look of their own, when something changed.
        self._stepping, self._handing_over = threading.Lock(), threading.Lock()
        self._is_stopped = False

    def tokens(self) -> dict[str, int]:
        """Return the token of each camera that this worker holds."""
        return dict(self._tokens)

    def running_tokens(self) -> dict[str, int]:
        """Return the tokens by which its cameras run, which those of the leases may be ahead of."""
        return dict(self._held.tokens) if self._held else {}

    def token_of(self, camera: str) -> int | None:
        """Return the token of a camera; None when this worker does not hold it."""
        return self._tokens.get(camera)

    def is_on_duty(self, duty: str = MESSAGES) -> bool:
        """Return whether this process does something that one of all does."""
        return duty in self._duties and self._clock() < self._duties_end_at_s

    def run(self, stop: threading.Event) -> None:
        """Keep the leases until stopped; they last until `stop` is called, or run out."""
        while not stop.is_set():
            try:
                self.step()
            except Exception:
                # A worker that renews nothing loses everything.
                logger.exception("the leases were not renewed; it is tried again")
            stop.wait(RENEW_EVERY_S)

    def run_cameras(self, hold: Hold, stop: threading.Event) -> None:
        """Have the cameras run that this worker holds, until stopped.

        In a thread of its own: to stop a camera takes time, in which leases must be renewed.
        """
        while not stop.is_set():
            self._has_news.wait(LOOK_EVERY_S)
            self._has_news.clear()
            self.hand_over(hold)

    def stop(self) -> None:
        """Give everything back for good, so that others take over at once; when all is written."""
        with self._stepping:
            self._is_stopped = True
            self._tokens, self._duties = {}, frozenset()
            try:
                with self._database.session() as session:
                    leave(session, self._me)
            except StorageError as error:
                logger.warning("others take over only in %g seconds: %s", LEASE_S, error)

    def step(self) -> None:
        """Renew what is held, take what is free, give back what is too much."""
        with self._stepping:
            if not self._is_stopped:
                self._step(self._clock())

    def _step(self, now_s: float) -> None:
        try:
            with self._database.session() as session:
                setups = enabled_cameras(session, self._sealer) if self._holds_cameras else []
                tokens, leaving = self._share_out(session, setups, now_s)
        except StorageError:
            # Said by all else that needs the database.
            for unrenewed in self._unrenewed.values():
                unrenewed.forget()
            return
        self._tokens, self._leaving = tokens[LeaseKind.CAMERA], leaving
        self._duties = frozenset(tokens[LeaseKind.DUTY])
        self._duties_end_at_s = now_s + LEASE_S
        held = {name: token for name, token in self._tokens.items() if name not in leaving}
        mine = [each for each in setups if each.name in held]
        others = [each.name for each in setups if each.name not in held]
        self._wanted = Holding(mine, others, held)
        self._has_news.set()

    def hand_over(self, hold: Hold) -> None:
        """Call `hold` if other cameras are held than it knows, or they are set up otherwise."""
        with self._handing_over:
            self._hand_over(hold)

    def _hand_over(self, hold: Hold) -> None:
        wanted = self._wanted
        if wanted is None or wanted == self._held:
            return
        try:
            if self._held and wanted != (rest := wanted.without_taken_anew(self._held.tokens)):
                hold(rest.setups, rest.others)
            hold(wanted.setups, wanted.others)
        except StorageError:
            return
        except Exception:
            logger.exception("the cameras were not changed; it is tried again")
            return
        self._held_since_s, self._held = self._clock(), wanted
        names = ", ".join(each.name for each in wanted.setups)
        logger.info("this worker holds %s", names or "no camera")

    def _share_out(
        self, session: Session, setups: Sequence[CameraSetup], now_s: float
    ) -> tuple[dict[LeaseKind, dict[str, int]], Sequence[str]]:
        """Return the tokens of what is held now, and the cameras that are to be given back."""
        if self._holds_cameras:
            announce(session, self._me)
        give_back(session, self._me, LeaseKind.CAMERA, self._let_go(now_s))
        board = read_board(session)
        self._note_namesake(board.workers, now_s)
        cameras, duties = board.leases[LeaseKind.CAMERA], board.leases[LeaseKind.DUTY]
        free = self._unrenewed[LeaseKind.CAMERA].step(cameras, now_s)
        holders = {name: lease.holder for name, lease in cameras.items() if name not in free}
        moves = decide(self._me, setups, holders, board.workers)
        take(session, self._me, LeaseKind.CAMERA, {name: cameras.get(name) for name in moves.take})
        free = self._unrenewed[LeaseKind.DUTY].step(duties, now_s)
        undone = [duty for duty in self._wanted_duties if duty in free or duty not in duties]
        take(session, self._me, LeaseKind.DUTY, {duty: duties.get(duty) for duty in undone})
        return renew(session, self._me), moves.give_back

    def _note_namesake(self, workers: Sequence[Worker], now_s: float) -> None:
        """Say once that another worker has this name; one that died is listed for a while."""
        ids = {each.id for each in workers if each.name == self._me.name}
        if not ids - {self._me.id}:
            self._namesake_since_s = None
        elif self._namesake_since_s is None:
            self._namesake_since_s = now_s
        elif now_s - self._namesake_since_s > NAMESAKE_AFTER_S:
            self._namesake_since_s = math.inf
            logger.error(NAMESAKE, self._me.name)

    def _let_go(self, now_s: float) -> list[str]:
        """Return the cameras to be given back that no longer run here, with all written."""
        if self._held is None or now_s - self._held_since_s < SETTLED_AFTER_S:
            return []
        return [name for name in self._leaving if name not in self._held.tokens]
