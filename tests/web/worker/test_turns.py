"""Tests of taking turns."""

import gevent

from webapp.web.worker.turns import Turns


def order_of(clients: str) -> str:
    """Return in which order clients get their turns who ask at once."""
    turns, began = Turns(), []

    def work(client: str) -> None:
        turns.wait(client)
        began.append(client)

    gevent.joinall([gevent.spawn(work, client) for client in clients], raise_error=True)
    return "".join(began)


def test_nobody_waits_for_all_that_another_asks() -> None:
    assert order_of("aaaaab") == "aabaaa"


def test_each_client_waits_for_one_of_each_other() -> None:
    assert order_of("aaabbbccc") == "aabcabcbc"


def test_turns_begin_anew_when_all_had_theirs() -> None:
    turns = Turns()
    for _ in range(3):
        turns.wait("a")
        gevent.sleep(0)
