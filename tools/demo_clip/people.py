"""The cast: the training picture each composite person grows from, and how it is painted."""

from dataclasses import dataclass

from tools.demo_clip.bust import Look


@dataclass(frozen=True)
class Role:
    """One person of the cast.

    Attributes:
        seed_picture: file, relative to the data folder; those most like it are averaged.
    """

    seed_picture: str
    look: Look


CAST = {
    "Ada": Role(
        "train/neutral/15933.png",
        Look(
            has_long_hair=True,
            skin=(140, 40),
            hair_bgr=(30, 34, 40),
            clothes_bgr=(112, 92, 62),
            forehead=2.1,
            face_width=0.8,
            phase=0.0,
        ),
    ),
    "Ben": Role(
        "train/neutral/10061.png",
        Look(
            has_long_hair=False,
            skin=(132, 40),
            hair_bgr=(28, 30, 33),
            clothes_bgr=(78, 84, 58),
            forehead=2.7,
            face_width=0.76,
            phase=0.3,
        ),
    ),
    "Cleo": Role(
        "train/neutral/22657.png",
        Look(
            has_long_hair=True,
            skin=(150, 40),
            hair_bgr=(20, 22, 26),
            clothes_bgr=(78, 70, 128),
            forehead=2.0,
            face_width=0.78,
            phase=0.55,
        ),
    ),
    "Dev": Role(
        "train/neutral/20942.png",
        Look(
            has_long_hair=False,
            skin=(124, 38),
            hair_bgr=(24, 24, 26),
            clothes_bgr=(72, 106, 130),
            forehead=2.4,
            face_width=0.76,
            phase=0.8,
        ),
    ),
}
