"""The alert rule that is tried on a video that somebody hands in."""

from dataclasses import replace

from webapp.config import Settings
from webapp.core.alert_rules import AlertRule
from webapp.core.errors import StorageError
from webapp.serving.expression_rule import expression_rule, known_expressions, rule_to_try
from webapp.storage.database import Database
from webapp.storage.rules import list_rules
from webapp.vision.model_files import read_metadata


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
