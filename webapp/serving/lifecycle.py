"""What happens before a server serves."""

import os
import sys
import traceback

from webapp.config import Settings
from webapp.core.errors import EvenkeelError


def prepare_or_exit(settings: Settings) -> None:
    """Do what `prepare` does, in a process that ends with it; exit with a sentence if it refuses.

    So nothing that it loads stays in gunicorn's own process, which every worker is forked from.
    """
    process = os.fork()
    if not process:
        status = 1
        try:
            prepare(settings)
            status = 0
        except EvenkeelError as error:
            print(f"evenkeel: {error}", file=sys.stderr, flush=True)
        except Exception:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)
    _, status = os.waitpid(process, 0)
    if status:
        sys.exit(1)


def prepare(settings: Settings) -> None:
    """Refuse what cannot work, before any worker starts; make the first admin and the first rules.

    Raises:
        EvenkeelError: address, model, detector, alert expressions, instance folder or database
            cannot be used.
    """
    from webapp.app import create_app
    from webapp.serving.alert_plan import build_alert_plan
    from webapp.serving.assembly import build_runtime
    from webapp.storage.database import Database
    from webapp.storage.first_admin import ensure_first_admin
    from webapp.storage.pauses import paused_cameras
    from webapp.storage.private_files import keep_database_private, keep_folder_private
    from webapp.storage.rules import seed_rules
    from webapp.storage.upgrade import refuse_newer
    from webapp.web.services import services_of, utc_now

    keep_folder_private(settings.instance_dir)
    services_of(create_app(settings)).database.close()
    keep_database_private(settings.database_url)
    plan = build_alert_plan(settings)
    build_runtime(settings, publish=lambda message: None)
    database = Database(settings.database_url)
    try:
        with database.session() as work:
            refuse_newer(work)
        ensure_first_admin(
            database, settings.instance_dir, settings.admin_password, sys.stdout, utc_now()
        )
        with database.session() as work:
            # Before the processes that would do it at the same time.
            seed_rules(work, plan.seed, utc_now())
            paused_cameras(work)
    finally:
        database.close()
