"""The process that reads what users hand in.

It is started as `python -m webapp.serving.file_process ADDRESS LIFELINE`. The settings come as
environment variables.
"""

import sys
import threading
from pathlib import Path

from webapp.bus.job_server import JobServer
from webapp.config import read_settings
from webapp.serving.assembly import build_job_plan
from webapp.serving.child import end_at_once, serve_until_stopped
from webapp.serving.logs import set_up_logging
from webapp.serving.rule_to_try import RuleToTry
from webapp.storage.database import Database
from webapp.uploads.runner import JobRunner

END_WITHIN_S = 1.0


def main() -> None:
    """Read files and serve the web process until stopped."""
    settings = read_settings()
    set_up_logging(settings.log_format)
    database, server = Database(settings.database_url), JobServer()
    rule = RuleToTry(settings, database)
    jobs = JobRunner(build_job_plan(settings, rule, server.report), server.stopping)
    server.attach(jobs)
    reader = threading.Thread(target=jobs.run, name="analyse", daemon=True)
    reader.start()
    try:
        serve_until_stopped(server, Path(sys.argv[1]), int(sys.argv[2]))
    finally:
        server.stopping.set()
        reader.join(END_WITHIN_S)
        database.close()
    end_at_once()


if __name__ == "__main__":
    main()
