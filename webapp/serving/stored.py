"""What the database holds for the alerts of the web pages."""

from webapp.core.alert_rules import AlertRule
from webapp.core.messages import Receiver
from webapp.storage.database import Database
from webapp.storage.receivers import list_receivers
from webapp.storage.rules import list_rules


def stored_receivers(database: Database) -> list[Receiver]:
    """Return the receivers, without credentials; raises StorageError."""
    with database.session() as work:
        return [Receiver(each.key, each.receiver.name) for each in list_receivers(work)]


def stored_rules(database: Database) -> list[AlertRule]:
    """Return the alert rules; raises StorageError."""
    with database.session() as work:
        return [stored.rule for stored in list_rules(work)]
