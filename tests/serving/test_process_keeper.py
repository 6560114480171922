"""A process is started, watched, started again, taken over and ended."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S, wait_until
from webapp.bus.process_messages import Stop
from webapp.core.process_report import ProcessStatus
from webapp.serving import process_keeper
from webapp.serving.process_keeper import ProcessKeeper, ProcessPlan

MODULE = "tests.serving.kept_process"


class Peer:
    """Counts links and what is said over them."""

    def __init__(self) -> None:
        self.heard_at_s, self.report = 0.0, None
        self.heard = 0
        self.link = None

    def serve(self, link) -> None:
        self.link = link
        link.serve(self._take)
        self.link = None

    def request_stop(self) -> None:
        if self.link:
            self.link.send(Stop())

    def _take(self, *_: object) -> None:
        self.heard_at_s = time.monotonic()
        self.heard += 1


class Kept:
    """A keeper in a thread, its peer and what they share with other keepers."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.lifeline, self.held = os.pipe()
        self.plan = ProcessPlan(
            name="the process",
            arguments=("-m", MODULE, str(folder / "socket"), str(self.lifeline), *arguments),
            env=lambda: os.environ,
            address=folder / "socket",
            lifeline=self.lifeline,
        )
        self.peer = Peer()
        self.keeper = ProcessKeeper(self.plan, self.peer)
        self.thread = threading.Thread(target=self.keeper.run, daemon=True)

    @property
    def process_id(self) -> int:
        return self.keeper._process_id

    def start(self) -> "Kept":
        self.thread.start()
        return self

    def stop(self) -> None:
        self.keeper.request_stop()
        self.keeper.join(time.monotonic() + PATIENCE_S)
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()


@pytest.fixture
def kept(tmp_path):
    kept = Kept(tmp_path).start()
    wait_until(lambda: kept.peer.heard >= 1)
    yield kept
    kept.stop()
    assert not runs(kept.process_id)
    for end in (kept.lifeline, kept.held):
        os.close(end)


def runs(process_id: int) -> bool:
    """Return whether a process has not ended yet; who started it may not have noticed."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_one_that_is_killed_is_started_again(kept):
    first = kept.process_id
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: kept.process_id != first)
    heard = kept.peer.heard
    wait_until(lambda: kept.peer.heard > heard)
    assert runs(kept.process_id)
    assert kept.keeper.status() == ProcessStatus("the process", None, restarts=1)


def test_one_that_says_nothing_for_long_is_killed_and_started_again(kept, monkeypatch, caplog):
    first = kept.process_id
    os.kill(first, signal.SIGSTOP)
    monkeypatch.setattr(process_keeper, "SILENT_S", 0.1)
    wait_until(lambda: kept.process_id != first)
    monkeypatch.setattr(process_keeper, "SILENT_S", 60)
    assert "says nothing any more" in caplog.text and not runs(first)


def test_another_keeper_takes_over_what_runs(kept):
    first = kept.process_id
    other = ProcessKeeper(kept.plan, Peer())
    # As when the web process was killed: its end of the link is closed, nothing else.
    kept.keeper._stop.set()
    kept.peer.link.close()
    kept.thread.join(PATIENCE_S)
    thread = threading.Thread(target=other.run, daemon=True)
    thread.start()
    wait_until(lambda: other._peer.heard >= 1)
    assert other._process_id == first and runs(first)
    other.request_stop()
    wait_until(lambda: not runs(first))
    thread.join(PATIENCE_S)


def test_it_ends_with_the_server(kept):
    first = kept.process_id
    kept.keeper._stop.set()
    os.close(kept.held)
    wait_until(lambda: not runs(first))
    kept.held = os.dup(kept.lifeline)


def test_one_that_cannot_start_is_tried_again_and_does_not_hold_up_a_stop(tmp_path, caplog):
    kept = Kept(tmp_path, "refuses").start()
    wait_until(lambda: caplog.text.count("the process did not start") >= 2)
    kept.stop()


def test_a_process_for_which_there_is_no_memory_is_tried_again(tmp_path, monkeypatch):
    popen, failed = subprocess.Popen, threading.Event()

    def fail_first(*arguments, **options):
        if failed.is_set():
            return popen(*arguments, **options)
        failed.set()
        raise OSError("no memory")

    monkeypatch.setattr(subprocess, "Popen", fail_first)
    kept = Kept(tmp_path).start()
    wait_until(lambda: kept.peer.heard)
    kept.stop()
    assert failed.is_set()
    for end in (kept.lifeline, kept.held):
        os.close(end)
