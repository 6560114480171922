"""Receivers in a database of a test."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from webapp.storage.receiver_tables import ReceiverRow
from webapp.storage.receivers import PURPOSE
from webapp.storage.sealing import Sealer

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SEALER = Sealer("for the tests only")


def add_receiver(
    session: Session,
    key: str = "mail",
    url: str = "mail://secret@host",
    sealer: Sealer = SEALER,
    rules: list[int] | None = None,
    **values: Any,
) -> int:
    """Add one that is told of everything and named after its key; returns its id."""
    row = ReceiverRow(
        key=key,
        address=sealer.seal(url, PURPOSE),
        rules=None if rules is None else json.dumps(rules),
        **{
            "name": key,
            "label": "mail://host",
            "schedule": "",
            "is_enabled": True,
            "updated_at": NOW,
            "updated_by": "mira",
            **values,
        },
    )
    session.add(row)
    session.flush()
    return row.id
