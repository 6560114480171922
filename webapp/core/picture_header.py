"""Format and size of an encoded picture by its first bytes, before anything decodes it.

JPEG: ITU-T T.81, B.2; WebP: RFC 9649, 2.3 to 2.7.
"""

import struct

JPEG_START, WEBP_START = b"\xff\xd8\xff", b"RIFF"
# Frame headers of JPEG; C4, C8 and CC stand for something else.
SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
ALONE = frozenset((0x01, *range(0xD0, 0xD8)))
# Each goes over the whole picture again: of 200 kB of empty ones a decoder reads for a minute.
START_OF_SCAN, MOST_SCANS = b"\xff\xda", 20


def picture_size_wh(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a JPEG or WebP in pixels; None for what is neither.

    Nor is a JPEG of more scans than any encoder makes.
    """
    try:
        if data.startswith(JPEG_START):
            has_few_scans = data.count(START_OF_SCAN) <= MOST_SCANS
            return _jpeg_size_wh(data) if has_few_scans else None
        if data.startswith(WEBP_START) and data[8:12] == b"WEBP":
            return _webp_size_wh(data)
    except (struct.error, IndexError):
        pass
    return None


def _jpeg_size_wh(data: bytes) -> tuple[int, int] | None:
    position = 2
    while data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF or marker in ALONE:
            position += 1 if marker == 0xFF else 2
            continue
        length = struct.unpack_from(">H", data, position + 2)[0]
        if marker in SIZES:
            height, width = struct.unpack_from(">HH", data, position + 5)
            return (width, height) if width and height else None
        position += 2 + max(2, length)
    return None


def _webp_size_wh(data: bytes) -> tuple[int, int] | None:
    form = data[12:16]
    if form == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return (width & 0x3FFF) or 0, (height & 0x3FFF) or 0
    if form == b"VP8L" and data[20] == 0x2F:
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8X":
        # Its flags may announce an animation, which no camera gives.
        is_animated = bool(data[20] & 2)
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return None if is_animated or len(data) < 30 else (width, height)
    return None
