"""Tests of who may connect."""

import ipaddress
from dataclasses import replace

import gevent
import pytest

from webapp.web.worker.limits import ConnectionLimits, OpenConnections

LIMITS = ConnectionLimits(
    most_per_address=2,
    exempt=(ipaddress.ip_network("10.0.0.0/30"), ipaddress.ip_network("fd00::1")),
)


class FakeConnection:
    """Notes that nothing more is read from it."""

    def __init__(self) -> None:
        self.is_shut = False
        self._sock = self

    def shutdown(self, _how: int) -> None:
        """Note it."""
        self.is_shut = True


@pytest.mark.parametrize(
    ("addresses", "is_admitted"),
    [
        ([], True),
        (["192.0.2.1"], True),
        (["192.0.2.1", "192.0.2.1"], False),
        (["192.0.2.1", "::ffff:192.0.2.1"], False),
        (["192.0.2.2", "192.0.2.2"], True),
    ],
)
def test_so_many_of_each_address(addresses: list[str], is_admitted: bool) -> None:
    connections = OpenConnections(LIMITS, most=100)
    assert all(connections.admit(address) for address in addresses)
    assert connections.admit("192.0.2.1") is is_admitted


def test_a_network_of_ipv6_is_one_client() -> None:
    connections = OpenConnections(LIMITS, most=100)
    assert connections.admit("2001:db8::1")
    assert connections.admit("2001:db8::2")
    assert not connections.admit("2001:db8::3")
    assert connections.admit("2001:db8:0:1::1")


@pytest.mark.parametrize("proxy", ["10.0.0.1", "::ffff:10.0.0.2", "fd00::1"])
def test_a_proxy_stands_for_many(proxy: str) -> None:
    connections = OpenConnections(LIMITS, most=100)
    assert all(connections.admit(proxy) for _ in range(5))
    assert connections.count() == 5


def test_who_leaves_makes_room() -> None:
    connections = OpenConnections(LIMITS, most=100)
    for _ in range(2):
        connections.admit("192.0.2.1")
    connections.leave("192.0.2.1")
    assert connections.admit("192.0.2.1")
    assert connections.count() == 2


def test_where_all_places_are_taken_whoever_waits_longest_makes_room() -> None:
    connections = OpenConnections(replace(LIMITS, most_per_address=10), most=2)
    first, second = FakeConnection(), FakeConnection()
    connections.admit("192.0.2.1")
    connections.admit("192.0.2.2")
    with connections.waiting(first, 10.0), connections.waiting(second, 10.0):
        assert connections.admit("192.0.2.3")
        assert (first.is_shut, second.is_shut) == (True, False)


def test_where_all_places_are_taken_and_nobody_waits_one_more_is_refused() -> None:
    connections = OpenConnections(LIMITS, most=1)
    connections.admit("192.0.2.1")
    assert not connections.admit("192.0.2.2")
    assert connections.count() == 1


def test_waiting_ends_without_an_error() -> None:
    connections, is_over = OpenConnections(LIMITS, most=1), True
    with connections.waiting(FakeConnection(), 0.01):
        gevent.sleep(10)
        is_over = False
    assert is_over
    connections.cut_waiting()
