"""Small pictures in files that cost whoever decodes them minutes or gigabytes, and what they cost.

python -m tests.decoding.hostile_files [--here]

Prints for each seconds and the most memory of the process that decodes it: in a decoder, or, with
--here, in a process that anybody's Pillow runs in.
"""

import argparse
import json
import os
import struct
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from PIL import Image

from tests.files.pictures import corner_picture, encode
from webapp.core.errors import PictureError
from webapp.decoding.decoders import DecoderLimits, Decoders
from webapp.decoding.readers import PictureReader
from webapp.files.picture_files import read_picture

MAX_PIXELS = 50_000_000
START_OF_SCAN, END_OF_IMAGE = b"\xff\xda", b"\xff\xd9"


def gif_comment(comment_bytes: int) -> bytes:
    """Return a GIF with a comment, in blocks of 255 bytes."""
    gif = encode(corner_picture(), "GIF")
    blocks = (b"\xff" + b"c" * 255) * (comment_bytes // 255)
    start = gif.index(b"\x2c", 13 + 3 * 2 ** ((gif[10] & 7) + 1))
    return gif[:start] + b"\x21\xfe" + blocks + b"\0" + gif[start:]


def jpeg_scans(scans: int, size_wh: tuple[int, int] = (6000, 4000)) -> bytes:
    """Return a progressive JPEG whose last scan is repeated."""
    jpeg = encode(Image.new("L", size_wh, 90), "JPEG", progressive=True)
    last = jpeg[jpeg.rindex(START_OF_SCAN) : -len(END_OF_IMAGE)]
    return jpeg[: -len(END_OF_IMAGE)] + last * scans + END_OF_IMAGE


def tiff_pages(pages: int) -> bytes:
    """Return a TIFF of many pages of one pixel."""
    tags = ((256, 4, 1), (257, 4, 1), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8))
    tags += ((278, 4, 1), (279, 4, 1))
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    page, first = struct.pack("<H", len(tags)) + entries, 12
    length = len(page) + 4
    chain = (page + struct.pack("<I", first + n * length) for n in range(1, pages))
    return b"II*\0" + struct.pack("<I", first) + bytes(4) + b"".join(chain) + page + bytes(4)


def png_chunks(size_bytes: int) -> bytes:
    """Return a PNG with empty chunks that no reader knows."""
    png = encode(corner_picture(), "PNG")
    chunk = struct.pack(">I", 0) + b"zzZz" + struct.pack(">I", zlib.crc32(b"zzZz"))
    return png[:33] + chunk * (size_bytes // len(chunk)) + png[33:]


FILES: dict[str, Callable[[], bytes]] = {
    "GIF, comment of 100 MB": lambda: gif_comment(100_000_000),
    "JPEG, 2,000 scans": lambda: jpeg_scans(2000),
    "TIFF, 400,000 pages": lambda: tiff_pages(400_000),
    "PNG, 60 MB of chunks": lambda: png_chunks(60_000_000),
}


class PeakMemory(threading.Thread):
    """Watches the processes below this one, or this one where there is none."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.mib, self.is_over = 0.0, threading.Event()

    def run(self) -> None:
        while not self.is_over.wait(0.05):
            self.mib = max(self.mib, *map(_resident_mib, _family(os.getpid())))


def _family(process: int) -> list[int]:
    with suppress(OSError):
        words = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        return [process, *(one for child in words for one in _family(int(child)))]
    return [process]


def _resident_mib(process: int) -> float:
    with suppress(OSError, IndexError):
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    return 0.0


def main() -> None:
    """Read each of them and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--here", action="store_true")
    is_here = parser.parse_args().here
    with closing(Decoders(DecoderLimits(MAX_PIXELS))) as decoders:
        reader = PictureReader(decoders)
        for name, make in FILES.items():
            with tempfile.NamedTemporaryFile() as file:
                file.write(make())
                file.flush()
                figures = _cost(Path(file.name), None if is_here else reader)
            print(json.dumps({"file": name} | figures), flush=True)


def _cost(path: Path, reader: PictureReader | None) -> dict[str, object]:
    peak, started_at_s = PeakMemory(), time.monotonic()
    peak.start()
    try:
        image = reader(path) if reader else read_picture(path, MAX_PIXELS)
        answer = f"read, {image.shape[1]} by {image.shape[0]}"
    except (PictureError, MemoryError) as error:
        answer = f"refused: {type(error).__name__}: {str(error).removeprefix(f'{path}: ')}"
    seconds = time.monotonic() - started_at_s
    peak.is_over.set()
    peak.join()
    return {"seconds": round(seconds, 1), "peak_mib": round(peak.mib), "answer": answer}


if __name__ == "__main__":
    sys.exit(main())
