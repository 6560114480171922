from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from webapp.config import Settings
from webapp.core.errors import ModelContractError
from webapp.vision.litert import MOST_SIZES, LiteRTNetwork, ResizableNetwork
from webapp.vision.model_files import LITERT_FILE, read_metadata

FACES = np.random.default_rng(3).random((20, 48, 48, 1), np.float32)


@pytest.fixture(scope="module")
def path() -> Path:
    """The copy that ships."""
    return Settings.model_dir / LITERT_FILE


@pytest.fixture(scope="module")
def class_count() -> int:
    return len(read_metadata(Settings.model_dir).classes)


@pytest.fixture(scope="module")
def network(path, class_count) -> LiteRTNetwork:
    return LiteRTNetwork(path, class_count)


@pytest.fixture(scope="module")
def one_by_one(network) -> np.ndarray:
    return np.concatenate([network(FACES[i : i + 1]) for i in range(len(FACES))])


@pytest.mark.parametrize("count", [0, 1, 8, 9, 20])
def test_a_batch_reads_as_its_faces_one_by_one(network, one_by_one, count):
    readings = network(FACES[:count])
    assert readings.dtype == np.float32
    assert readings.shape == (count, one_by_one.shape[1])
    np.testing.assert_allclose(readings, one_by_one[:count], atol=1e-5)


def test_threads_with_batches_of_their_own_get_their_own_answers(network, one_by_one):
    counts = [1, 3, 5, 11] * 6
    with ThreadPoolExecutor(4) as threads:
        readings = list(threads.map(lambda count: network(FACES[:count]), counts))
    for count, got in zip(counts, readings, strict=True):
        np.testing.assert_allclose(got, one_by_one[:count], atol=1e-5)


def test_an_answer_stays_as_it_was_when_the_next_is_computed(network, one_by_one):
    first = network(FACES[:1])
    network(FACES[1:2])
    np.testing.assert_allclose(first, one_by_one[:1], atol=1e-5)


@pytest.mark.parametrize("content", [b"", b"no model", bytes(4096)])
def test_what_is_no_model_is_refused(tmp_path, content):
    (tmp_path / LITERT_FILE).write_bytes(content)
    with pytest.raises(ModelContractError, match=r"not a model that LiteRT reads.*webapp export"):
        LiteRTNetwork(tmp_path / LITERT_FILE, 7)


def test_a_model_of_other_classes_is_refused(path, class_count):
    with pytest.raises(ModelContractError, match=r"expected float32 input .* and output \(-1, 99"):
        LiteRTNetwork(path, 99)


def test_a_resizable_network_reads_every_size_and_keeps_few(path, one_by_one):
    network = ResizableNetwork(path.read_bytes())
    for count in [1, 2, 3, 4, 5, 6, 1, 2]:
        np.testing.assert_allclose(network(FACES[:count])[0], one_by_one[:count], atol=1e-5)
    assert MOST_SIZES == 4
    assert [shape[0] for shape in network._interpreters] == [5, 6, 1, 2]
