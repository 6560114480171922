"""Damaged pictures, by the thousand: each is read or refused, in time.

python -m tests.fuzz_pictures [--cases 20000] [--seed 1]

Real encoded files of every format are cut, flipped, spliced and given false lengths. Whatever
decodes goes on through the detector and the network. A crash or a case over its time limit ends
the process with a trace; an error that is no refusal ends it with the number of its case.
"""

import argparse
import faulthandler
import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.data import astronaut

from tests.reading.pictures import animation, colour_files, encode, grey_files, turned
from webapp.config import Settings
from webapp.core.errors import PictureError
from webapp.reader import build_reader
from webapp.reading.picture_files import decode_picture
from webapp.reading.picture_reader import PictureReader

CASES = 20_000
CASE_LIMIT_S = 20.0
MAX_PIXELS = 1_000_000
FALSE_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


def main() -> None:
    """Run and print what became of the cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    figures = fuzz(options.cases, options.seed)
    print(json.dumps(figures), flush=True)
    sys.exit(figures["left_open"] > 0)


def fuzz(cases: int, seed: int) -> dict[str, int | float]:
    """Read damaged pictures.

    Returns:
        {cases, read, refused, slowest_s, left_open (file descriptors), grown_mib}.
    """
    reader, files = PictureReader(build_reader(Settings())), _files()
    outcomes: Counter[str] = Counter()
    slowest_s, descriptors, grown_mib = 0.0, _open_descriptors(), _peak_mib()
    for number, data in enumerate(_damaged(files, cases, seed)):
        started_at_s = time.monotonic()
        outcomes[_outcome(reader, data, number)] += 1
        slowest_s = max(slowest_s, time.monotonic() - started_at_s)
    return {
        "cases": outcomes.total(),
        "read": outcomes["read"],
        "refused": outcomes["refused"],
        "slowest_s": round(slowest_s, 2),
        "left_open": _open_descriptors() - descriptors,
        "grown_mib": round(_peak_mib() - grown_mib),
    }


def _outcome(reader: PictureReader, data: bytes, number: int) -> str:
    # What hangs in C listens to no exception: the process ends with a trace.
    faulthandler.dump_traceback_later(CASE_LIMIT_S, exit=True, file=sys.__stderr__)
    try:
        image = decode_picture(data, f"case {number}", MAX_PIXELS)
        assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
        json.dumps(reader.read(image).record(""))
        return "read"
    except PictureError as error:
        assert str(error).startswith(f"case {number}: ")
        return "refused"
    except BaseException as error:
        error.add_note(f"case {number}")
        raise
    finally:
        faulthandler.cancel_dump_traceback_later()


def _files() -> list[bytes]:
    face = Image.fromarray(astronaut()[20:220, 120:320])
    faces = [encode(face, kind) for kind in ("JPEG", "PNG", "WEBP", "TIFF", "GIF")]
    animations = [animation(kind) for kind in ("GIF", "PNG", "WEBP", "TIFF")]
    exif = [turned(kind, 6) for kind in ("JPEG", "PNG", "WEBP", "TIFF")]
    return [*faces, *animations, *exif, *colour_files().values(), *grey_files().values()]


def _damaged(files: list[bytes], cases: int, seed: int) -> Iterator[bytes]:
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


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
