"""Distinguishes pictures from videos by how a file begins.

FFmpeg also takes playlists and scripts that name other files and addresses to open. What a user
hands in must never make the server read those, so only what is listed here reaches it.
"""

from webapp.core.errors import PictureError
from webapp.core.jobs import FileKind
from webapp.vision.still_pictures import phone_format_of, readable_formats

HEAD_BYTES = 512
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"BM", b"II*\0", b"MM\0*")
VIDEOS = (
    b"\x1aE\xdf\xa3",  # Matroska, WebM
    b"FLV\x01",
    b"OggS",
    b"\x00\x00\x01\xba",  # MPEG programme stream
    b"\x00\x00\x01\xb3",  # MPEG-1 and MPEG-2 video
    b"0&\xb2u\x8ef\xcf\x11",  # ASF, WMV
)
RIFF_KINDS: dict[bytes, FileKind] = {b"WEBP": FileKind.PICTURE, b"AVI ": FileKind.VIDEO}
MOVIE_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
TRANSPORT_PACKET_BYTES = 188


def kind_of(head: bytes) -> FileKind:
    """Return what a file is.

    Args:
        head: its first `HEAD_BYTES`, or all of it where there are fewer.

    Raises:
        PictureError: it is empty, or neither a picture nor a video that can be read.
    """
    if not head:
        raise PictureError("The file is empty, 0 bytes. Choose another, or copy it again.")
    phone_format = phone_format_of(head)
    if phone_format and phone_format not in readable_formats():
        raise PictureError(
            "This is a HEIC or AVIF photograph, which this server cannot read. Export it as JPEG, "
            "or have the package pillow-heif installed."
        )
    if phone_format:
        return FileKind.PICTURE
    if head.startswith(PICTURES):
        return FileKind.PICTURE
    if head.startswith(b"RIFF") and head[8:12] in RIFF_KINDS:
        return RIFF_KINDS[head[8:12]]
    is_transport_stream = head[:1] == head[TRANSPORT_PACKET_BYTES:][:1] == b"G"
    if head.startswith(VIDEOS) or head[4:8] in MOVIE_ATOMS or is_transport_stream:
        return FileKind.VIDEO
    raise PictureError(
        "This is neither a picture (JPEG, PNG, WebP, BMP, TIFF, still GIF) nor a video (MP4, MOV, "
        "WebM, MKV, AVI, MPEG, FLV, OGG, WMV). Choose another file, or export it as one of these."
    )
