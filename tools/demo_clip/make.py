"""Makes the demo clip from the training set: `python -m tools.demo_clip.make --data DIR`."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import cv2
import numpy as np

from tools.demo_clip.alignment import aligned, frontal_landmarks
from tools.demo_clip.bust import Bust
from tools.demo_clip.composites import Composite, Pool, compose
from tools.demo_clip.people import CAST
from tools.demo_clip.portraits import Portrait, portrait
from tools.demo_clip.scene import place, pose, wall
from webapp.core.errors import DatasetError
from webapp.demo import CLIP
from webapp.demo.timeline import Timeline, read_timeline
from webapp.training.dataset import FaceSet, load_folder
from webapp.training.votes import Votes
from webapp.vision.detector import build_detector

# Of ten taggers; rarer expressions are agreed on less.
LEAST_VOTES = {
    "neutral": 8,
    "happy": 9,
    "surprise": 8,
    "sad": 7,
    "angry": 7,
    "disgust": 5,
    "fear": 6,
}
# The pool of fear is small and full of hands before mouths: more faces wash them out.
MEMBERS = {"fear": 26}
USUAL_MEMBERS = 16
MOST_PER_EXPRESSION = 1800
CODEC = "mp4v"

Composites = dict[str, dict[str, Composite]]


@click.command()
@click.option("--data", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--seed", default=1, show_default=True, help="Chooses the pool's pictures.")
@click.option("--out", default=CLIP, show_default=True, type=click.Path(path_type=Path))
def main(data: Path, seed: int, out: Path) -> None:
    """Write the clip and, beside it, a note of how it was made.

    DATA holds train/<class>/*.png and index.csv with the FER+ votes.
    """
    # Sums in threads differ in their last bits from run to run.
    cv2.setNumThreads(1)
    timeline = read_timeline()
    expressions = {shown.expression for person in timeline.people for shown in person.shows}
    pool = read_pool(data, np.random.default_rng(seed), expressions)
    composites = compose_cast(pool, timeline)
    portraits = {name: portrait(faces) for name, faces in composites.items()}
    write_clip(out, timeline, portraits)
    note = {"seed": seed, "pool": len(pool.files), "people": _note(composites)}
    out.with_suffix(".json").write_text(json.dumps(note, indent=1) + "\n")
    click.echo(f"{out}: {timeline.frame_count} frames, {out.stat().st_size / 1e6:.1f} MB")


def read_pool(data: Path, rng: np.random.Generator, expressions: set[str]) -> Pool:
    """Read the frontal training faces whose taggers agree with their label, and align them."""
    faces = load_folder(data / "train", base=data)
    detector = build_detector("yunet", 640, 24)
    kept = []
    rows = _agreed_rows(faces, Votes(data / "index.csv"), rng, expressions)
    with click.progressbar(rows, label="Aligning faces") as bar:
        for row in bar:
            landmarks_xy = frontal_landmarks(faces.images[row], detector)
            if landmarks_xy is not None:
                kept.append((row, aligned(faces.images[row], landmarks_xy)))
    return Pool.of(
        np.stack([picture for _, picture in kept]),
        [faces.classes[faces.labels[row]] for row, _ in kept],
        [faces.files[row] for row, _ in kept],
    )


def compose_cast(pool: Pool, timeline: Timeline) -> Composites:
    """Compose every person's face in each expression that the timeline asks for."""
    composites: Composites = {}
    for person in timeline.people:
        row = _row_of(pool, CAST[person.name].seed_picture)
        names = sorted({"neutral"} | {shown.expression for shown in person.shows})
        composites[person.name] = {
            name: compose(pool, row, name, MEMBERS.get(name, USUAL_MEMBERS)) for name in names
        }
    return composites


def write_clip(path: Path, timeline: Timeline, portraits: dict[str, Portrait]) -> None:
    """Paint every frame into an MP4 file.

    Raises:
        OSError: OpenCV cannot write the file.
    """
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter.fourcc(*CODEC), timeline.rate_fps, timeline.size_wh
    )
    if not writer.isOpened():
        raise OSError(f"{path}: OpenCV cannot write this file. Name a folder that is there.")
    try:
        for frame in frames(timeline, portraits):
            writer.write(frame)
    finally:
        writer.release()


def frames(timeline: Timeline, portraits: dict[str, Portrait]) -> Iterator[np.ndarray]:
    """Paint the clip's frames in order, (H, W, 3) uint8."""
    busts = {
        name: Bust(CAST[name].look, faces.faces["neutral"].shape[0])
        for name, faces in portraits.items()
    }
    background = wall(timeline.size_wh).astype(np.float32)
    for index in range(timeline.frame_count):
        time_s = index / timeline.rate_fps
        frame = background.copy()
        for person in timeline.people:
            face = portraits[person.name].morph(*person.mix_at(time_s))
            matrix = pose(person, CAST[person.name].look.phase, time_s, timeline.duration_s)
            place(frame, busts[person.name].with_face(face), matrix)
        yield np.clip(frame.round(), 0, 255).astype(np.uint8)


def _agreed_rows(
    faces: FaceSet, votes: Votes, rng: np.random.Generator, expressions: set[str]
) -> list[int]:
    counts, flawed = votes.counts(faces), votes.flawed(faces)
    seeds = np.isin(faces.files, [role.seed_picture for role in CAST.values()])
    rows: list[int] = []
    for name in sorted(expressions):
        label = faces.classes.index(name)
        agreed = (faces.labels == label) & (counts[:, label] >= LEAST_VOTES[name]) & ~flawed
        found = rng.permutation(np.flatnonzero(agreed))[:MOST_PER_EXPRESSION]
        rows += sorted({*found.tolist(), *np.flatnonzero(seeds & (faces.labels == label)).tolist()})
    return rows


def _row_of(pool: Pool, file: str) -> int:
    rows = np.flatnonzero(pool.files == file)
    if len(rows) != 1:
        raise DatasetError(
            f"{file}: expected this picture in the data set, upright and looking ahead, once; "
            f"found {len(rows)}. Unpack FER-2013 as an image folder with its original numbering."
        )
    return int(rows[0])


def _note(composites: Composites) -> dict[str, dict]:
    return {
        person: {
            name: {
                "people_averaged": len(composite.files),
                "highest_correlation_with_one": round(composite.closest, 3),
                "pictures": list(composite.files),
            }
            for name, composite in faces.items()
        }
        for person, faces in composites.items()
    }


if __name__ == "__main__":
    main()
