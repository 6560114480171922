"""What a gunicorn worker does once it has forked, without a server."""

import gc
import signal
from types import SimpleNamespace

import pytest

from webapp import gunicorn_conf
from webapp.serving import lifecycle as serving

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


@pytest.fixture
def process_put_back():
    before = {number: signal.getsignal(number) for number in SIGNALS}
    gc.unfreeze()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    gc.unfreeze()


def test_what_was_loaded_before_it_serves_is_left_out_of_collections(monkeypatch, process_put_back):
    frozen_at_start = []
    monkeypatch.setattr(
        serving, "start_runtime", lambda *_: frozen_at_start.append(gc.get_freeze_count())
    )
    gunicorn_conf.post_worker_init(SimpleNamespace(wsgi=None))
    assert frozen_at_start == [0]
    assert gc.get_freeze_count() > 10_000
