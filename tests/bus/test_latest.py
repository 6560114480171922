import threading
import time

from tests.patience import PATIENCE_S
from webapp.bus.latest import Latest


def test_nothing_yet():
    slot: Latest[int] = Latest()
    assert slot.newest() is None
    assert slot.wait_newer(0, timeout_s=0.01) is None


def test_a_slow_reader_sees_the_newest_and_misses_the_rest():
    slot: Latest[int] = Latest()
    for value in range(5):
        slot.put(value)
    newest = slot.wait_newer(0, timeout_s=0)
    assert (newest.value, newest.version) == (4, 5)
    assert slot.wait_newer(newest.version, timeout_s=0) is None


class Watched(Latest[str]):
    """Shows when a reader looked; it holds the lock from then on until it waits."""

    def __init__(self) -> None:
        super().__init__()
        self.has_looked = threading.Semaphore(0)

    def _is_newer(self, version: int) -> bool:
        self.has_looked.release()
        return super()._is_newer(version)


def test_every_waiting_reader_wakes():
    slot = Watched()
    seen: list[str] = []
    readers = [
        threading.Thread(target=lambda: seen.append(slot.wait_newer(0, 30).value)) for _ in range(5)
    ]
    for reader in readers:
        reader.start()
        assert slot.has_looked.acquire(timeout=PATIENCE_S)
    slot.put("news")
    for reader in readers:
        reader.join(PATIENCE_S)
    assert seen == ["news"] * 5


def test_closing_wakes_readers_with_nothing():
    slot = Watched()
    slot.put("old news")
    seen: list[object] = []
    reader = threading.Thread(target=lambda: seen.append(slot.wait_newer(1, 30)))
    reader.start()
    assert slot.has_looked.acquire(timeout=PATIENCE_S)
    slot.close()
    reader.join(PATIENCE_S)
    assert seen == [None]
    assert slot.wait_newer(0, 30) is None


def test_what_was_made_of_cleared_things_is_dropped():
    slot: Latest[str] = Latest()
    before_s = time.monotonic()
    slot.put("old", before_s)
    slot.clear()
    assert slot.newest() is None
    for at_s in (before_s, slot._cleared_at_s):
        slot.put("made of the old", at_s)
        assert slot.newest() is None
    slot.put("new", time.monotonic())
    assert slot.newest().value == "new"
