"""What the runs over damaged files share: the damage, the limit of a case, and the count."""

import argparse
import faulthandler
import gc
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

CASE_LIMIT_S = 20.0
FALSE_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)

Figures = dict[str, int | float]


def main(description: str | None, fuzz: Callable[[int, int], Figures], cases: int) -> None:
    """Run by the command line's numbers and print what became of the cases."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--cases", type=int, default=cases)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    figures = fuzz(options.cases, options.seed)
    print(json.dumps(figures), flush=True)
    sys.exit(figures["left_open"] > 0)


def run_cases(
    read: Callable[[bytes, int], None], refusal: type[Exception], cases: Iterable[bytes]
) -> Figures:
    """Read every case.

    Args:
        read: takes a file and its number; raises `refusal` for one that it refuses.

    Returns:
        {cases, read, refused, slowest_s, left_open (file descriptors)}.
    """
    gc.collect()  # what earlier tests left behind is not ours to count
    outcomes: Counter[str] = Counter()
    slowest_s, descriptors = 0.0, _open_descriptors()
    for number, data in enumerate(cases):
        started_at_s = time.monotonic()
        outcomes[_outcome(read, refusal, data, number)] += 1
        slowest_s = max(slowest_s, time.monotonic() - started_at_s)
    return {
        "cases": outcomes.total(),
        "read": outcomes["read"],
        "refused": outcomes["refused"],
        "slowest_s": round(slowest_s, 2),
        "left_open": _open_descriptors() - descriptors,
    }


def _outcome(
    read: Callable[[bytes, int], None], refusal: type[Exception], data: bytes, number: int
) -> str:
    # What hangs in C listens to no exception: the process ends with a trace.
    faulthandler.dump_traceback_later(CASE_LIMIT_S, exit=True, file=sys.__stderr__)
    try:
        read(data, number)
        return "read"
    except refusal:
        return "refused"
    except BaseException as error:
        error.add_note(f"case {number}")
        raise
    finally:
        faulthandler.cancel_dump_traceback_later()


def damaged(files: list[bytes], cases: int, seed: int) -> Iterator[bytes]:
    """Yield the files in turn, each damaged in one to three ways."""
    random = np.random.default_rng(seed)
    for number in range(cases):
        data = bytearray(files[number % len(files)])
        for _ in range(random.integers(1, 4)):
            damage = DAMAGES[random.integers(len(DAMAGES))]
            data = damage(data, random, files)
        yield bytes(data)


def _cut(data: bytearray, random: np.random.Generator, files: list[bytes]) -> bytearray:
    return data[: random.integers(len(data) + 1)]


def _flip(data: bytearray, random: np.random.Generator, files: list[bytes]) -> bytearray:
    for place in random.integers(max(1, len(data)), size=random.integers(1, 9)):
        data[place : place + 1] = bytes([random.integers(256)])
    return data


def _set_header_number(
    data: bytearray, random: np.random.Generator, files: list[bytes]
) -> bytearray:
    """Lengths and sizes stand near the beginning."""
    place, width = int(random.integers(min(len(data), 200) + 1)), int(random.choice([1, 2, 4]))
    number = int(random.choice(FALSE_NUMBERS)) & (256**width - 1)
    order = "big" if random.integers(2) else "little"
    data[place : place + width] = number.to_bytes(width, order)
    return data


def _take_out(data: bytearray, random: np.random.Generator, files: list[bytes]) -> bytearray:
    first, last = sorted(random.integers(len(data) + 1, size=2))
    del data[first : min(last, first + 64)]
    return data


def _repeat(data: bytearray, random: np.random.Generator, files: list[bytes]) -> bytearray:
    first, last = sorted(random.integers(len(data) + 1, size=2))
    data[last:last] = data[first : min(last, first + 4096)]
    return data


def _splice(data: bytearray, random: np.random.Generator, files: list[bytes]) -> bytearray:
    other = files[random.integers(len(files))]
    return data[: random.integers(len(data) + 1)] + other[random.integers(len(other)) :]


DAMAGES = (_cut, _flip, _flip, _set_header_number, _set_header_number, _take_out, _repeat, _splice)


def _open_descriptors() -> int:
    folder = Path("/proc/self/fd")
    return len(os.listdir(folder)) if folder.is_dir() else 0
