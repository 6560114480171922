"""The process that reads what users hand in.

It is started as `python -m webapp.serving.file_process ADDRESS LIFELINE`. The settings come as
environment variables.
"""

import sys
import threading
from dataclasses import replace
from pathlib import Path

from webapp.bus.job_server import JobServer
from webapp.config import Settings, read_settings
from webapp.core.alert_rules import AlertRule
from webapp.core.errors import StorageError
from webapp.serving.assembly import build_job_plan
from webapp.serving.child import end_at_once, serve_until_stopped
from webapp.serving.expression_rule import expression_rule, known_expressions, rule_to_try
from webapp.serving.logs import set_up_logging
from webapp.storage.database import Database
from webapp.storage.rules import list_rules
from webapp.uploads.runner import JobRunner
from webapp.vision.model_files import read_metadata

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


class RuleToTry:
    """Returns the rule that is tried on a video: the first that the database holds and can fire."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._classes = read_metadata(settings.model_dir).classes
        known = known_expressions(self._classes, settings.alert_emotions)
        self._otherwise = expression_rule(replace(settings, alert_emotions=known))

    def __call__(self) -> AlertRule:
        try:
            with self._database.session() as work:
                rules = [stored.rule for stored in list_rules(work)]
        except StorageError:
            rules = []
        return rule_to_try(rules, self._classes, self._otherwise)


if __name__ == "__main__":
    main()
