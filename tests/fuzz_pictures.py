"""Damaged pictures, by the thousand: each is read or refused, in time.

python -m tests.fuzz_pictures [--cases 20000] [--seed 1]

Real encoded files of every format are cut, flipped, spliced and given false lengths. Whatever
decodes goes on through the detector and the network. A crash or a case over its time limit ends
the process with a trace; an error that is no refusal ends it with the number of its case.
"""

import json
import resource
from functools import partial

import numpy as np
from PIL import Image
from skimage.data import astronaut

from tests.damaged_files import Figures, damaged, main, run_cases
from tests.files.pictures import animation, colour_files, encode, grey_files, turned
from webapp.config import Settings
from webapp.core.errors import PictureError
from webapp.files.picture_analyser import PictureAnalyser
from webapp.serving.models import load_models
from webapp.vision.still_pictures import decode_picture

CASES = 20_000
MAX_PIXELS = 1_000_000


def fuzz(cases: int, seed: int) -> Figures:
    """Read damaged pictures; the figures of `run_cases`, and grown_mib."""
    analyser = PictureAnalyser(load_models(Settings()))
    peak_mib = _peak_mib()
    figures = run_cases(partial(_read, analyser), PictureError, damaged(files(), cases, seed))
    return figures | {"grown_mib": round(_peak_mib() - peak_mib)}


def _read(analyser: PictureAnalyser, data: bytes, number: int) -> None:
    try:
        image = decode_picture(data, f"case {number}", MAX_PIXELS)
    except PictureError as error:
        assert str(error).startswith(f"case {number}: ")
        raise
    assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
    json.dumps(analyser.analyse(image).record(""))


def files() -> list[bytes]:
    """Return whole pictures of every format."""
    face = Image.fromarray(astronaut()[20:220, 120:320])
    faces = [encode(face, kind) for kind in ("JPEG", "PNG", "WEBP", "TIFF", "GIF")]
    animations = [animation(kind) for kind in ("GIF", "PNG", "WEBP", "TIFF")]
    exif = [turned(kind, 6) for kind in ("JPEG", "PNG", "WEBP", "TIFF")]
    return [*faces, *animations, *exif, *colour_files().values(), *grey_files().values()]


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(__doc__, fuzz, CASES)
