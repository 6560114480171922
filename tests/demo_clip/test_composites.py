"""Composite faces of synthetic pictures."""

import numpy as np
import pytest

from tools.demo_clip.alignment import CANONICAL_XY, similarity
from tools.demo_clip.composites import (
    LEAST_MEMBERS,
    Pool,
    compose,
    face_oval,
    flow_between,
    shifted,
)
from tools.demo_clip.portraits import Portrait

SIDE_PX = 96


def drawn_face(rng: np.random.Generator, mouth: float) -> np.ndarray:
    """A bright oval with dark eyes and a mouth, and marks that are this picture's own."""
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX] / SIDE_PX
    picture = 60 + 120 * face_oval(SIDE_PX)
    for eye_x in (0.31, 0.67):
        picture -= 90 * np.exp(-(((x - eye_x) / 0.05) ** 2 + ((y - 0.4) / 0.04) ** 2))
    picture -= 90 * np.exp(-(((x - 0.5) / 0.12) ** 2 + ((y - 0.75) / mouth) ** 2))
    marks = rng.normal(0, 40, (12, 12)).repeat(8, axis=0).repeat(8, axis=1)
    return np.clip(picture + marks, 0, 255).astype(np.uint8)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def pool_of(pictures: list[np.ndarray], label: str = "neutral") -> Pool:
    files = [f"{index}.png" for index in range(len(pictures))]
    return Pool.of(np.stack(pictures), [label] * len(pictures), files)


def test_averages_the_number_asked_for_and_resembles_none_too_closely(rng):
    pool = pool_of([drawn_face(rng, 0.03) for _ in range(14)])
    composite = compose(pool, 0, "neutral", 12)
    assert len(set(composite.files)) == 12
    assert "0.png" in composite.files
    assert composite.closest < 0.97
    assert np.isfinite(composite.face).all()


def test_is_nearer_to_what_all_share_than_a_single_picture_is(rng):
    pool = pool_of([drawn_face(rng, 0.03) for _ in range(12)])
    shared = np.mean([face.astype(np.float32) for face in pool.faces], axis=0)
    composite = compose(pool, 0, "neutral", 12)
    of_composite = np.corrcoef(composite.face.ravel(), shared.ravel())[0, 1]
    of_one = np.corrcoef(pool.faces[0].astype(np.float32).ravel(), shared.ravel())[0, 1]
    assert of_composite > of_one


def test_counts_copies_and_mirrored_copies_once(rng):
    faces = [drawn_face(rng, 0.03) for _ in range(LEAST_MEMBERS)]
    pool = pool_of([*faces, faces[0], faces[1][:, ::-1]])
    assert len(compose(pool, 0, "neutral", 14).files) == LEAST_MEMBERS


def test_refuses_fewer_than_ten_people(rng):
    pool = pool_of([drawn_face(rng, 0.03)] * 30)
    with pytest.raises(ValueError, match="10 different people for neutral, found 1"):
        compose(pool, 0, "neutral")


def test_takes_only_the_expression_asked_for(rng):
    calm = [drawn_face(rng, 0.03) for _ in range(12)]
    open_mouths = [drawn_face(rng, 0.1) for _ in range(12)]
    labels = ["neutral"] * 12 + ["surprise"] * 12
    pool = Pool.of(np.stack(calm + open_mouths), labels, [str(i) for i in range(24)])
    assert set(compose(pool, 0, "surprise", 12).files) == {str(i) for i in range(12, 24)}


def test_a_similarity_is_recovered_from_five_points():
    turn = np.array([[1.2, -0.3], [0.3, 1.2]])
    points = CANONICAL_XY * 48
    matrix = similarity(points, points @ turn.T + (4, -7))
    np.testing.assert_allclose(matrix, np.column_stack([turn, [4, -7]]), atol=1e-4)


def test_flow_brings_a_moved_face_back():
    face = drawn_face(np.random.default_rng(3), 0.03).astype(np.float32) / 40 - 3
    moved = np.roll(face, 3, axis=1)
    back = shifted(moved, flow_between(face, moved, 6))
    inner = (slice(16, -16), slice(16, -16))
    assert np.abs(back - face)[inner].mean() < 0.5 * np.abs(moved - face)[inner].mean()


def test_a_morph_begins_and_ends_at_its_expressions(rng):
    calm, surprised = (
        pool_of([drawn_face(rng, mouth)]).faces[0].astype(np.float32) for mouth in (0.03, 0.1)
    )
    portrait = Portrait({"neutral": calm, "surprise": surprised})
    np.testing.assert_allclose(portrait.morph("neutral", "surprise", 0), calm)
    np.testing.assert_allclose(portrait.morph("neutral", "surprise", 1), surprised, atol=1e-3)
    halfway = portrait.morph("neutral", "surprise", 0.5)
    assert 0 < np.abs(halfway - calm).mean() < np.abs(surprised - calm).mean()
