"""What a gunicorn worker does once it has forked, without a server."""

import gc
import signal
from types import SimpleNamespace

import pytest

from webapp import gunicorn_conf, serving


@pytest.fixture
def handlers_put_back():
    before = {number: signal.getsignal(number) for number in gunicorn_signals()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    gc.unfreeze()


def gunicorn_signals() -> tuple[int, ...]:
    return (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


def test_what_was_loaded_before_it_serves_is_left_out_of_collections(
    monkeypatch, handlers_put_back
):
    frozen_at_start = []
    monkeypatch.setattr(
        serving, "start_runtime", lambda *_: frozen_at_start.append(gc.get_freeze_count())
    )
    gunicorn_conf.post_worker_init(SimpleNamespace(wsgi=None))
    assert frozen_at_start == [0]
    assert gc.get_freeze_count() > 10_000
