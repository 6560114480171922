"""Tests of files without a place on a disk."""

import os
from itertools import islice

import pytest

from tests.uploads.running_jobs import open_memory_files
from webapp.bus.memory_file import CHUNK_BYTES, MemoryFile


def test_others_read_it_by_its_descriptor() -> None:
    with MemoryFile() as file:
        file.write(b"abc")
        assert os.pread(file.fileno(), 5, 0) == b"abc"
        assert file.size_bytes == 3
        assert file.read_at(1, 5) == b"bc"


def test_it_is_on_no_disk_and_gone_when_closed() -> None:
    before = open_memory_files()
    file = MemoryFile()
    assert open_memory_files() == before + 1
    assert "memfd" in os.readlink(f"/proc/self/fd/{file.fileno()}")
    file.close()
    file.close()
    assert open_memory_files() == before


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1])
@pytest.mark.parametrize("closed_after", [0, 1])
def test_everything_comes_in_chunks_even_when_it_is_closed(size: int, closed_after: int) -> None:
    before = open_memory_files()
    file = MemoryFile()
    file.write(bytes(size))
    chunks = file.chunks()
    read = list(islice(chunks, closed_after))
    file.close()
    assert len(b"".join([*read, *chunks])) == size
    assert open_memory_files() == before


def test_chunks_that_nobody_reads_hold_no_memory() -> None:
    before = open_memory_files()
    with MemoryFile() as file:
        file.write(b"abc")
        chunks = file.chunks()
    assert open_memory_files() == before + 1
    del chunks
    assert open_memory_files() == before
