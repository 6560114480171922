"""What happens before a server serves."""

import logging
import os
import socket
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

from webapp.config import Settings
from webapp.core.errors import EvenkeelError, concerning

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from webapp.alerting.service import AlertPlan

MOST_LOCKS = 2
CAMERAS_UNUSED = (
    "CAMERAS is not used: the cameras were changed on /admin/cameras since, which counts from then."
)
logger = logging.getLogger(__name__)


def prepare_or_exit(settings: Settings) -> tuple[int, ...]:
    """Do what `prepare` does, in a process that ends with it; exit with a sentence if it refuses.

    So nothing that it loads stays in gunicorn's own process, which every worker is forked from.

    Returns:
        Descriptors of the locks that `prepare` took, which this process now holds.
    """
    ours, theirs = socket.socketpair()
    process = os.fork()
    if not process:
        status = 1
        try:
            socket.send_fds(theirs, [b"locks"], list(prepare(settings)))
            status = 0
        except EvenkeelError as error:
            print(f"evenkeel: {error}", file=sys.stderr, flush=True)
        except Exception:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)
    theirs.close()
    _, locks, _, _ = socket.recv_fds(ours, 16, MOST_LOCKS)
    ours.close()
    _, status = os.waitpid(process, 0)
    if status:
        sys.exit(1)
    return tuple(locks)


def prepare(settings: Settings) -> Sequence[int]:
    """Refuse what cannot work, before any worker starts; make the first admin and the first rules.

    Returns:
        Descriptors of the locks on instance folder and database, to be held while the server runs.

    Raises:
        EvenkeelError: address, certificate, model, detector, alert expressions, instance folder or
            database cannot be used, or another server uses one of the last two.
    """
    from webapp.app import create_app
    from webapp.serving.start_checks import check_address, check_certificate
    from webapp.web.services import services_of

    check_certificate(settings)
    check_address(settings)
    locks = _lock_folder(settings)
    with concerning("INSTANCE_DIR"):
        services_of(create_app(settings)).database.close()
    return [*locks, *_prepare_cameras(settings)]


def prepare_worker(settings: Settings) -> Sequence[int]:
    """Refuse what cannot work, before a worker does; see `prepare`."""
    return [*_lock_folder(settings), *_prepare_cameras(settings, settings.worker_name)]


def _lock_folder(settings: Settings) -> Sequence[int]:
    from webapp.storage.database_lock import lock_folder
    from webapp.storage.private_files import keep_folder_private

    with concerning("INSTANCE_DIR"):
        keep_folder_private(settings.instance_dir)
        return [lock_folder(settings.instance_dir)]


def _prepare_cameras(settings: Settings, worker: str = "") -> Sequence[int]:
    """Check model and detector, and make what the database is to hold at first.

    Args:
        worker: name of the one whose devices those of `CAMERAS` are.
    """
    from webapp.serving.alert_plan import build_alert_plan
    from webapp.serving.assembly import build_runtime
    from webapp.storage.database_lock import lock_database
    from webapp.storage.private_files import keep_database_private

    with concerning("DATABASE_URL"):
        keep_database_private(settings.database_url)
        lock = lock_database(settings.database_url, is_shared=bool(settings.redis_url))
    plan = build_alert_plan(settings)
    build_runtime(settings, publish=lambda message: None)
    with concerning("DATABASE_URL"):
        _prepare_database(settings, plan, worker)
    return [] if lock is None else [lock]


def _seed_cameras(work: "Session", settings: Settings, plan: "AlertPlan", worker: str) -> None:
    from webapp.storage.cameras import seed_cameras
    from webapp.web.services import utc_now

    if not seed_cameras(work, settings.cameras, plan.sealer, utc_now(), worker):
        logger.info(CAMERAS_UNUSED)


def _prepare_database(settings: Settings, plan: "AlertPlan", worker: str) -> None:
    from webapp.storage.cameras import list_cameras
    from webapp.storage.database import Database
    from webapp.storage.first_admin import ensure_first_admin
    from webapp.storage.only_writer import be_only_preparer
    from webapp.storage.purposes import cameras_off
    from webapp.storage.receivers import seed_receivers
    from webapp.storage.rules import seed_rules
    from webapp.storage.upgrade import refuse_newer
    from webapp.web.services import utc_now

    database = Database(settings.database_url)
    try:
        with database.session() as preparing:
            be_only_preparer(preparing)
            refuse_newer(preparing)
            if not worker:
                # Where people sign in, they find the password.
                folder, password = settings.instance_dir, settings.admin_password
                ensure_first_admin(database, folder, password, utc_now())
            with database.session() as work:
                # Before the processes that would do it at the same time.
                seed_rules(work, plan.seed, utc_now())
                # Instances and workers may say different things: the first to start counts.
                is_settled = settings.redis_url and list_cameras(work, plan.sealer)
                if not is_settled:
                    _seed_cameras(work, settings, plan, worker)
                seed_receivers(work, plan.sealer, plan.targets, utc_now())
                cameras_off(work, utc_now())
    finally:
        database.close()
