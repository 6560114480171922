"""How gunicorn serves Evenkeel: one worker of greenlets, and the processes behind it."""

import logging
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from gunicorn.errors import HaltServer
from gunicorn.glogging import Logger

from webapp.config import read_settings
from webapp.core.errors import EvenkeelError
from webapp.serving.logs import JSON, JsonFormatter, set_up_logging
from webapp.web.worker.limits import ConnectionLimits
from webapp.web.worker.web_worker import WebWorker

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

    from webapp.serving.processes import ServerProcesses
    from webapp.serving.web_instance import WebInstance


def _settings_or_exit() -> Any:
    try:
        return read_settings()
    except EvenkeelError as error:
        sys.exit(f"evenkeel: {error}")


_settings = _settings_or_exit()


class LimitedWorker(WebWorker):
    """Serves with the limits that the settings give."""

    limits = ConnectionLimits(
        most_per_address=_settings.max_connections_per_address,
        # Nobody is believed to be a proxy where there is none.
        exempt=_settings.trusted_proxy_addresses if _settings.trusted_proxies else (),
    )
    processes: "ServerProcesses | WebInstance | None" = None

    def end_connections(self) -> None:
        """Let the processes end at the same time."""
        if self.processes:
            self.processes.request_stop()
        super().end_connections()


class JsonLogger(Logger):
    """Gunicorn's own messages as JSON."""

    def setup(self, cfg: Any) -> None:
        """See `Logger`; a `logconfig_dict` would have every request logged."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())


worker_class = LimitedWorker
if _settings.log_format == JSON:
    logger_class = JsonLogger
bind = (
    f"[{_settings.host}]:{_settings.port}"
    if ":" in _settings.host
    else (f"{_settings.host}:{_settings.port}")
)
workers = 1
timeout = 60
# The worker ends within a second of SIGTERM.
graceful_timeout = 2
# A second instance under the same account would replace the first one's (mozilla/sumo #2882).
control_socket_disable = True
certfile = str(_settings.tls_cert_file) if _settings.tls_cert_file else None
keyfile = str(_settings.tls_key_file) if _settings.tls_key_file else None
# ProxyFix trusts what TRUSTED_PROXIES says, and nothing else does.
forwarded_allow_ips = ""


def on_starting(server: "Arbiter") -> None:
    """Refuse to start, in one line, when a setting cannot work or another server runs already."""
    from webapp.bus.no_dumps import allow_no_dumps
    from webapp.serving.ground import Ground
    from webapp.serving.lifecycle import prepare_or_exit

    if server.cfg.workers != 1:
        sys.exit(
            f"evenkeel: expected one gunicorn worker, got {server.cfg.workers}. One serves "
            "thousands of connections; for more, run several instances with REDIS_URL behind one "
            "proxy."
        )
    allow_no_dumps()
    set_up_logging(_settings.log_format)
    # It tells of every step, also where nothing is to do.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    server.ground = Ground.make(prepare_or_exit(_settings))


def post_fork(server: "Arbiter", worker: "Worker") -> None:
    """Hand on what the processes of this server share."""
    worker.ground = server.ground


def post_worker_init(worker: "Worker") -> None:
    """Start the processes that hold cameras and read files, or join the workers that do."""
    from webapp.serving.memory import spare_collections

    worker.processes = _processes(worker)
    worker.processes.start()
    spare_collections()
    if worker.age == 1:
        threading.Thread(target=_welcome, args=(worker,), daemon=True).start()


def _processes(worker: "Worker") -> "ServerProcesses | WebInstance":
    if _settings.redis_url:
        from webapp.serving.web_instance import WebInstance

        return WebInstance(worker.wsgi, _settings)
    from webapp.serving.processes import ServerProcesses

    return ServerProcesses(worker.wsgi, _settings, worker.ground)


def _welcome(worker: "Worker") -> None:
    from webapp.serving.welcome import welcome
    from webapp.web.services import services_of

    services = services_of(worker.wsgi)
    assert services.runtime
    welcome(_settings, services.database, services.runtime, sys.stdout, lambda: not worker.alive)


def worker_exit(server: "Arbiter", worker: "Worker") -> None:
    """End these processes, so that cameras are let go."""
    if worker.processes:
        worker.processes.stop()


def on_exit(server: "Arbiter") -> None:
    """End at once: the interpreter takes long to free what the system frees too."""
    if hasattr(server, "ground"):
        server.ground.remove()
    if not isinstance(sys.exc_info()[1], HaltServer):
        os._exit(0)
