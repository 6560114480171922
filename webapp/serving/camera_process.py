"""A process that holds cameras: `python -m webapp.serving.camera_process ADDRESS LIFELINE SHARE`.

The settings come as environment variables; its cameras of the start, too, as `SetCameras`.
"""

import logging
import sys
from pathlib import Path

from webapp.bus.camera_server import CameraServer
from webapp.config import read_settings, take_given
from webapp.serving.camera_parts import CameraParts
from webapp.serving.camera_share import read_cameras, read_share
from webapp.serving.child import end_at_once, serve_until_stopped
from webapp.serving.logs import set_up_logging
from webapp.serving.memory import spare_collections
from webapp.storage.database import Database
from webapp.storage.database_lock import PostgresqlLock, is_postgresql
from webapp.vision.render import JpegRenderer

logger = logging.getLogger(__name__)


def main() -> None:
    """Run the cameras and serve the web process until stopped."""
    address, lifeline, share = Path(sys.argv[1]), int(sys.argv[2]), read_share(sys.argv[3])
    settings = read_settings()
    set_up_logging(settings.log_format)
    database = Database(settings.database_url)
    lock = PostgresqlLock(database)
    is_locked_here = share.is_first and is_postgresql(database)
    if is_locked_here:
        lock.take()
    server = CameraServer(JpegRenderer().no_signal(None))
    cameras = read_cameras(take_given)
    parts = CameraParts(settings, database, server.publish, cameras, share)
    assert parts.alerts
    server.attach(parts.runtime, parts.alerts, parts.rooms, parts.alerts.work)
    if is_locked_here:
        parts.runtime.add_loop("database-lock", lambda: lock.keep(parts.runtime.stopping))
    parts.runtime.start()
    logger.info("watching %s", ", ".join(status.name for status in parts.runtime.cameras()))
    spare_collections()
    try:
        serve_until_stopped(server, address, lifeline)
    finally:
        parts.runtime.stop()
        database.close()
    end_at_once()


if __name__ == "__main__":
    main()
