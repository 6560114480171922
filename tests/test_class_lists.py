"""Any class list lives: from pictures to the live page, whatever the classes are called."""

import logging
from dataclasses import replace

import cv2
import keras
import numpy as np
import pytest

from tests.patience import wait_until
from webapp.serving.in_process import start_runtime, stop_runtime
from webapp.serving.lifecycle import prepare
from webapp.training.networks import ARCHITECTURES
from webapp.training.train import TrainOptions, train
from webapp.web.services import services_of

THREE = ("angry", "happy", "sad")
FIVE = ("at ease", "fröhlich", "tense & tired", "tired", "wach")


def tiny(class_count: int) -> keras.Model:
    """A network that trains in a second; what is tested is the way around it."""
    inputs = keras.Input((48, 48, 1))
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D(8)(inputs))
    return keras.Model(inputs, keras.layers.Dense(class_count, activation="softmax")(x))


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """Trains a model of the given classes on coloured pictures, with a validation part to make."""
    monkeypatch.setitem(ARCHITECTURES, "tiny", tiny)

    def run(classes):
        rng = np.random.default_rng(1)
        for name in classes:
            folder = tmp_path / "data/train" / name
            folder.mkdir(parents=True)
            for number in range(8):
                picture = rng.integers(0, 256, (60, 50, 3)).astype(np.uint8)
                assert cv2.imwrite(str(folder / f"{number}.png"), picture)
        options = TrainOptions(tmp_path / "data", tmp_path / "model", "tiny", pretrained="none")
        return train(replace(options, epochs=1, batch_size=8))

    return run


@pytest.fixture
def live(app, settings):
    """Starts a server's cameras as gunicorn does; returns its first reading of a face."""

    services_of(app).runtime = None

    def start(model_dir, alert_emotions):
        changed = replace(settings, model_dir=model_dir, alert_emotions=alert_emotions)
        prepare(changed)
        return first_reading(start_runtime(app, changed))

    yield start
    stop_runtime(app)


def first_reading(runtime):
    wait_until(lambda: getattr(runtime.newest_counts("demo"), "faces", 0), "no reading of a face")
    return runtime.newest_counts("demo")


def test_three_classes_with_an_alert_expression_that_is_not_among_them(
    trained, live, signed_in, caplog
):
    with caplog.at_level(logging.WARNING):
        message = live(trained(THREE), ("angry", "fear"))
    assert list(message.counts) == [*THREE, "uncertain"]
    assert sum(message.counts.values()) == message.faces > 0
    assert 0 < message.indicator < 100
    warned = [record.getMessage() for record in caplog.records if "ALERT" in record.getMessage()]
    assert warned == ["ALERT_EMOTIONS: the model knows angry, happy, sad; ignored: fear"]
    page = signed_in.get("/").text
    assert [name in page for name in (*THREE, "disgust")] == [True, True, True, False]
    assert "show angry clearly beyond their own resting face" in " ".join(page.split())


def test_five_classes_of_any_name_all_watched(trained, live, app, signed_in):
    message = live(trained(FIVE), FIVE)
    assert list(message.counts) == [*FIVE, "uncertain"]
    assert sum(message.counts.values()) == message.faces > 0
    assert message.indicator == pytest.approx(100, abs=0.1)
    page = signed_in.get("/").text
    assert 'data-expression="tense &amp; tired"' in page
    assert page.count("data-expression=") == 6
    picture = services_of(app).runtime.snapshot_jpeg("demo")
    assert cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR) is not None
