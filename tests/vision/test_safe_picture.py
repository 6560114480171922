import ast
from pathlib import Path

import numpy as np
import pytest

from webapp.core.analysed import Predictions
from webapp.core.faces import Faces
from webapp.vision.safe_picture import (
    PIXELATED_WIDTH_PX,
    UNCERTAIN_BGR,
    SafePicture,
    card,
    safe_picture,
)

CLASSES = ("angry", "puzzled")
WEBAPP = Path(__file__).parents[2] / "webapp"
ENCODERS = {"imencode", "VideoWriter", "imwrite"}


def drawn(
    boxes: list[list[float]], uncertain: bool = False, classes: tuple[str, ...] = CLASSES
) -> np.ndarray:
    """Draw faces, all angry by 90 %, into a black picture."""
    count = len(boxes)
    probabilities = np.tile(np.array([0.9, 0.1], np.float32), (count, 1))
    predictions = Predictions(probabilities, np.full(count, uncertain), classes)
    faces = Faces.from_boxes(np.array(boxes).reshape(count, 4))
    return safe_picture(black(), faces, predictions).image_bgr


def black(height: int = 120, width: int = 200) -> np.ndarray:
    return np.zeros((height, width, 3), np.uint8)


def test_without_faces_the_picture_is_as_it_was():
    assert not drawn([]).any()


def test_a_box_is_drawn_in_the_colour_of_its_expression():
    blue, green, red = (int(channel) for channel in drawn([[50, 40, 150, 110]])[80, 50])
    assert red > green > blue


def test_uncertain_is_drawn_grey():
    assert np.ptp(drawn([[50, 40, 150, 110]], uncertain=True)[80, 50].astype(int)) < 20


def test_a_face_that_was_not_read_has_a_thin_grey_box():
    unread = Faces.from_boxes(np.array([[50, 40, 150, 110]]))
    nobody = Predictions(np.zeros((0, 2)), np.zeros(0, bool), CLASSES)
    image = black()
    drawn = safe_picture(image, Faces.empty(), nobody, unread).image_bgr
    assert drawn[80, 50].tolist() == list(UNCERTAIN_BGR) and not drawn[80, 51].any()
    assert not image.any()


@pytest.mark.parametrize("box", [[-50, -50, 20, 20], [180, 100, 400, 300], [5, 5, 5, 5]])
def test_boxes_beyond_the_edge_are_drawn_without_error(box):
    assert drawn([box]).shape == (120, 200, 3)


def test_drawing_leaves_the_picture_alone():
    image = black()
    predictions = Predictions(np.array([[1.0, 0.0]]), np.zeros(1, bool), CLASSES)
    safe_picture(image, Faces.from_boxes(np.array([[50, 40, 150, 110]])), predictions)
    assert not image.any()


@pytest.mark.parametrize(
    ("name", "shown"), [("fröhlich", "frohlich"), ("平静", "class 1"), ("so-so", "so-so")]
)
def test_a_name_that_the_font_lacks_is_drawn_in_letters_it_has(name, shown):
    box = [[40, 60, 90, 110]]
    assert (drawn(box, classes=(name, "x")) == drawn(box, classes=(shown, "x"))).all()


def test_a_label_that_would_cover_the_next_says_the_expression_alone():
    left, right = [10.0, 40.0, 40.0, 70.0], [62.0, 40.0, 92.0, 70.0]
    assert drawn([left])[30, 58].any()
    assert not drawn([left, right])[30, 58].any()


@pytest.mark.parametrize(("height", "width"), [(540, 960), (960, 540), (5, 7), (1, 1), (90, 4000)])
def test_what_was_not_analysed_is_unreadable_as_a_whole(height, width):
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    image = safe_picture(noise, None, None).image_bgr
    assert image.shape == noise.shape
    colours = np.unique(image[height // 2], axis=0)
    assert len(colours) <= PIXELATED_WIDTH_PX


def test_a_card_has_its_words_and_size():
    image = card("NO SIGNAL", 160, 90).image_bgr
    assert image.shape == (90, 160, 3) and image.max() > 200


def test_only_the_functions_here_make_a_safe_picture_and_only_encoders_of_them_encode():
    """Any new output must go through `safe_picture`, where what must be hidden is hidden."""
    makers, encoders = set(), set()
    for path in WEBAPP.rglob("*.py"):
        room, text = path.relative_to(WEBAPP).as_posix(), path.read_text()
        # Trees are slow to walk, and few files name any of it.
        if not any(word in text for word in (SafePicture.__name__, *ENCODERS)):
            continue
        for function in ast.walk(ast.parse(text)):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                if not isinstance(node, ast.Call):
                    continue
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if called == SafePicture.__name__:
                    makers.add((room, function.name))
                # Training compresses faces of a data set, which no camera showed.
                if called in ENCODERS and not room.startswith("training/"):
                    encoders.add(room)
    assert makers == {
        ("vision/safe_picture.py", "safe_picture"),
        ("vision/safe_picture.py", "card"),
        ("vision/safe_picture.py", "trial_picture"),
    }
    assert encoders == {
        "vision/render.py",
        "uploads/drawing.py",
        "files/annotated_copies.py",
        "files/video_writer.py",
    }
    for room in encoders:
        assert "SafePicture" in (WEBAPP / room).read_text(), f"{room} encodes something else"
