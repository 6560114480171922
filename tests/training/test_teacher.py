import keras
import numpy as np
import pytest

from webapp.core.errors import TrainingError
from webapp.training.export import export_litert
from webapp.training.teacher import Teachers, teacher_targets, with_teacher
from webapp.vision.model_files import save_model


def sided(class_count: int = 2) -> keras.Model:
    """Reads class 0 from light on the left, class 1 from light on the right."""
    inputs = keras.Input((48, 48, 1))
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D((48, 24))(inputs))
    network = keras.Model(inputs, keras.layers.Dense(class_count, activation="softmax")(x))
    network.layers[-1].set_weights([4 * np.eye(2, class_count), np.zeros(class_count)])
    return network


@pytest.fixture
def teacher(tmp_path):
    save_model(tmp_path, sided(), ("left", "right"), training={})
    return tmp_path


def test_the_teacher_reads_each_face_and_its_mirror_image(teacher):
    image = np.zeros((1, 48, 48), np.uint8)
    image[:, :, :24] = 255
    np.testing.assert_allclose(teacher_targets([teacher], image, ("left", "right")), [[0.5, 0.5]])


def test_columns_follow_the_pupil_s_order(tmp_path):
    network = sided()
    network.layers[-1].set_weights([np.zeros((2, 2)), np.array([3.0, 0.0])])
    save_model(tmp_path, network, ("left", "right"), training={})
    image = np.zeros((1, 48, 48), np.uint8)
    left, right = teacher_targets([tmp_path], image, ("left", "right"))[0]
    assert left > 0.9
    np.testing.assert_allclose(
        teacher_targets([tmp_path], image, ("right", "left")), [[right, left]]
    )


def test_a_teacher_of_other_classes_is_refused(teacher):
    with pytest.raises(TrainingError, match=r"knows left, right; the data have left, up"):
        teacher_targets([teacher], np.zeros((1, 48, 48), np.uint8), ("left", "up"))


def light_from_the_left() -> np.ndarray:
    face = np.zeros((1, 48, 48, 1), np.float32)
    face[:, :, :24] = 1
    return face


@pytest.mark.parametrize("compiled", [False, True])
def test_views_are_read_as_they_are_in_the_pupil_s_order(teacher, compiled):
    if compiled:
        export_litert(teacher)
    probabilities = Teachers([teacher, teacher], ("right", "left"))(light_from_the_left())
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities, [[0.018, 0.982]], atol=1e-3)


def test_a_teacher_of_views_with_other_classes_is_refused(teacher):
    with pytest.raises(TrainingError, match=r"knows left, right; the data have left, up"):
        Teachers([teacher], ("left", "up"))


def test_readings_are_mixed_into_the_targets_by_their_share():
    targets, taught = np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]])
    np.testing.assert_allclose(with_teacher(targets, taught, 0.6), [[0.7, 0.3]], rtol=1e-6)


def test_several_teachers_are_averaged(tmp_path):
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder, bias in zip(folders, (3.0, -3.0), strict=True):
        network = sided()
        network.layers[-1].set_weights([np.zeros((2, 2)), np.array([bias, 0.0])])
        save_model(folder, network, ("left", "right"), training={})
    probabilities = teacher_targets(folders, np.zeros((1, 48, 48), np.uint8), ("left", "right"))
    np.testing.assert_allclose(probabilities, [[0.5, 0.5]], atol=1e-6)
