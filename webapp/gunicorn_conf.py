"""How gunicorn serves Evenkeel: one worker, many threads, cameras started after the fork."""

import logging
import signal
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING, Any

from webapp.config import SPARE_SOCKETS, read_settings
from webapp.core.errors import EvenkeelError

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

# Pages without a picture, and requests that come and go.
SPARE_THREADS = SPARE_SOCKETS + 16


def _settings_or_exit() -> Any:
    try:
        return read_settings()
    except EvenkeelError as error:
        sys.exit(f"evenkeel: {error}")


_settings = _settings_or_exit()
bind = (
    f"[{_settings.host}]:{_settings.port}"
    if ":" in _settings.host
    else (f"{_settings.host}:{_settings.port}")
)
workers = 1
worker_class = "gthread"
# Every viewer holds a thread for the picture and one for the Socket.IO connection.
threads = 2 * _settings.max_viewers + SPARE_THREADS
worker_connections = 2 * threads
timeout = 60
# Streams and sockets are closed on SIGTERM; what is left after this is cut.
graceful_timeout = 2
keepalive = 2
# A second instance under the same account would replace the first one's (mozilla/sumo #2882).
control_socket_disable = True
certfile = str(_settings.tls_cert_file) if _settings.tls_cert_file else None
keyfile = str(_settings.tls_key_file) if _settings.tls_key_file else None
# ProxyFix trusts what TRUSTED_PROXIES says, and nothing else does.
forwarded_allow_ips = ""


def on_starting(server: "Arbiter") -> None:
    """Refuse to start, in one line, when model, detector or database cannot work."""
    from webapp.serving.lifecycle import prepare_or_exit
    from webapp.serving.processes import Ground

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    prepare_or_exit(_settings)
    server.ground = Ground.make()


def post_worker_init(worker: "Worker") -> None:
    """Start the cameras' processes, and close streams before gunicorn waits for them."""
    from webapp.serving.memory import spare_collections
    from webapp.serving.processes import ServerProcesses

    processes = worker.processes = ServerProcesses(worker.wsgi, _settings, worker.ground)
    processes.start()
    spare_collections()
    for signal_number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        _stop_first(signal_number, worker)


def post_fork(server: "Arbiter", worker: "Worker") -> None:
    """Hand on what the processes of this server share."""
    worker.ground = server.ground


def worker_exit(server: "Arbiter", worker: "Worker") -> None:
    """End the processes, so that cameras are let go."""
    if hasattr(worker, "processes"):
        worker.processes.stop()


def on_exit(server: "Arbiter") -> None:
    """Leave nothing behind."""
    if hasattr(server, "ground"):
        server.ground.remove()


def _stop_first(signal_number: int, worker: "Worker") -> None:
    gunicorns_handler = signal.getsignal(signal_number)

    def handler(number: int, frame: FrameType | None) -> None:
        # In a thread: a handler that waits for a lock its own thread holds never returns.
        threading.Thread(target=_request_stop, args=(worker,), daemon=True).start()
        if callable(gunicorns_handler):
            gunicorns_handler(number, frame)

    signal.signal(signal_number, handler)


def _request_stop(worker: "Worker") -> None:
    from webapp.serving.lifecycle import close_connections

    worker.processes.request_stop()
    close_connections(worker.wsgi)
