"""What goes over a broker that anybody may read or write."""

import pytest

from webapp.cluster import packet_sealer
from webapp.cluster.packet_sealer import PacketSealer
from webapp.core.errors import MessageError

KEY = "a key that all have in common"


def test_what_is_forged_cut_moved_or_replayed_opens_nowhere() -> None:
    one, other = PacketSealer(KEY), PacketSealer(KEY)
    first, second = one.seal(b"face", "door"), one.seal(b"face", "door")
    assert b"face" not in first and first[28:] != second[28:]
    changed = [bytes([*first[:n], first[n] ^ 1, *first[n + 1 :]]) for n in range(len(first))]
    cut = [first[:length] for length in range(len(first))]
    for packet in (*changed, *cut, first + b"x", PacketSealer("another key").seal(b"face", "door")):
        with pytest.raises(MessageError):
            other.open(packet, "door")
    with pytest.raises(MessageError):
        other.open(first, "yard")
    assert other.open(second, "door") == (one.process, b"face")
    for packet in (first, second):
        with pytest.raises(MessageError):
            other.open(packet, "door")
    # A chunk of a file, whose place is in the name, may come late.
    assert other.open(first, "door", in_order=False) == (one.process, b"face")


def test_of_processes_that_ended_little_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packet_sealer, "MOST_SENDERS", 3)
    here, lasting = PacketSealer(KEY), PacketSealer(KEY)
    for _ in range(10):
        for sender in (PacketSealer(KEY), lasting):
            here.open(sender.seal(b"", "door"), "door")
    assert len(here._ciphers) == len(here._heard) == 3
    packet = lasting.seal(b"", "door")
    here.open(packet, "door")
    with pytest.raises(MessageError):
        here.open(packet, "door")
