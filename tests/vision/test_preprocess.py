import cv2
import numpy as np
import pytest

from webapp.core.faces import Faces
from webapp.vision.preprocess import crop_faces, face_crop, to_model_input, whole_image_box

FACE = np.random.default_rng(0).integers(0, 256, (48, 48)).astype(np.uint8)


def smooth(height: int, width: int) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width]
    return (255 * (rows / height + columns / width) / 2).astype(np.uint8)


def test_a_training_picture_comes_back_unchanged():
    np.testing.assert_array_equal(face_crop(FACE, whole_image_box(FACE)), FACE)


@pytest.mark.parametrize("size", [(24, 24), (100, 100), (350, 350), (80, 120), (1, 1)])
def test_a_picture_of_any_size_becomes_the_same_picture_smaller_or_larger(size):
    image = smooth(*size)
    crop = face_crop(image, whole_image_box(image))
    expected = cv2.resize(image, (48, 48), interpolation=cv2.INTER_AREA)
    assert crop.shape == (48, 48)
    assert np.abs(crop.astype(int) - expected).mean() < 4


def test_a_box_inside_a_picture():
    image = np.zeros((200, 300), np.uint8)
    image[50:98, 100:148] = FACE
    crop = face_crop(image, np.array([100, 50, 148, 98], np.float32))
    np.testing.assert_array_equal(crop, FACE)


def test_beyond_the_edge_the_border_is_repeated():
    image = np.full((100, 100), 80, np.uint8)
    assert (face_crop(image, np.array([-50, -50, 60, 60])) == 80).all()


def test_no_faces():
    assert crop_faces(np.zeros((9, 9, 3), np.uint8), Faces.empty(), "yunet").shape == (0, 48, 48)


@pytest.mark.parametrize("turn_deg", [-25, 0, 25])
def test_a_tilted_face_is_turned_upright(turn_deg):
    points = np.array(
        [[0.315, 0.382], [0.685, 0.382], [0.5, 0.592], [0.349, 0.743], [0.651, 0.743]]
    )
    image = np.full((400, 400, 3), 60, np.uint8)
    matrix = cv2.getRotationMatrix2D((200, 200), turn_deg, 200)[:, :3]
    matrix[:, 2] = [200, 200] - matrix[:, :2] @ [0.5, 0.5]
    landmarks = points @ matrix[:, :2].T + matrix[:, 2]
    for x, y in landmarks[:2]:
        cv2.circle(image, (round(x), round(y)), 12, (255, 255, 255), cv2.FILLED)
    box = np.array([[100, 100, 300, 300]], np.float32)
    faces = Faces(box, np.ones(1, np.float32), landmarks[None].astype(np.float32))
    crop = crop_faces(image, faces, "yunet")[0]
    left, right = (np.argwhere(half > 200)[:, 0].mean() for half in (crop[:, :24], crop[:, 24:]))
    assert abs(left - right) < 1.0


@pytest.mark.parametrize("count", [0, 3])
def test_model_input(count):
    scaled = to_model_input(np.full((count, 48, 48), 255, np.uint8))
    assert scaled.shape == (count, 48, 48, 1)
    assert scaled.dtype == np.float32
    assert (scaled == 1.0).all()
