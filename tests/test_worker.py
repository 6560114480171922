"""What a gunicorn worker does once it has forked, without a server."""

import gc
from types import SimpleNamespace

import pytest

from webapp import gunicorn_conf
from webapp.serving import processes


@pytest.fixture
def collections_put_back():
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_what_was_loaded_before_it_serves_is_left_out_of_collections(
    monkeypatch, collections_put_back
):
    frozen_at_start = []
    started = SimpleNamespace(start=lambda: frozen_at_start.append(gc.get_freeze_count()))
    monkeypatch.setattr(processes, "ServerProcesses", lambda *_: started)
    gunicorn_conf.post_worker_init(SimpleNamespace(wsgi=None, ground=None, age=2))
    assert frozen_at_start == [0]
    assert gc.get_freeze_count() > 10_000
