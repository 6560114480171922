"""What a gunicorn worker does once it has forked, without a server."""

import gc
import signal
from types import SimpleNamespace

import pytest

from webapp import gunicorn_conf
from webapp.serving import processes

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
    started = SimpleNamespace(start=lambda: frozen_at_start.append(gc.get_freeze_count()))
    monkeypatch.setattr(processes, "ServerProcesses", lambda *_: started)
    gunicorn_conf.post_worker_init(SimpleNamespace(wsgi=None, ground=None))
    assert frozen_at_start == [0]
    assert gc.get_freeze_count() > 10_000
