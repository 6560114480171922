"""The newest pictures, in memory that two processes share."""

import os

import pytest

from webapp.bus.picture_memory import SLOTS, PictureMemory


@pytest.fixture
def memories():
    writer = PictureMemory.for_pictures_of(100)
    reader = PictureMemory(os.dup(writer.fileno()))
    yield writer, reader
    writer.close()
    reader.close()


def test_a_picture_is_there_until_newer_ones_take_its_place(memories):
    writer, reader = memories
    for number in range(1, SLOTS + 1):
        writer.put(b"%d" % number * number, number)
    assert [reader.take(number) for number in (1, 2, 3)] == [b"1", b"22", b"333"]
    writer.put(b"new", SLOTS + 1)
    assert reader.take(1) is None and reader.take(SLOTS + 1) == b"new"
    assert reader.take(99) is None


def test_only_what_fits_may_be_put(memories):
    writer, _ = memories
    assert writer.fits(bytes(100)) and not writer.fits(bytes(101))


def test_what_was_cleared_is_gone_to_the_last_byte(memories):
    writer, reader = memories
    writer.put(b"secret face", 1)
    writer.clear()
    assert reader.take(1) is None
    assert not any(os.pread(reader.fileno(), 10_000, 0))


def test_nobody_can_cut_it_short_under_who_reads_it(memories):
    with pytest.raises(PermissionError):
        os.ftruncate(memories[1].fileno(), 10)
