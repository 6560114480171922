"""Notes who takes records out of the server."""

from typing import Any

from flask import request

from webapp.storage.audit import note
from webapp.web.access.guard import current_sign_in
from webapp.web.services import current_database, utc_now


def note_export(action: str, details: dict[str, Any]) -> None:
    """Note an export in the audit log, before anything is handed out.

    Raises:
        StorageError: it cannot be noted, so nothing may be handed out.
    """
    # Of an answer to HEAD nobody takes anything.
    if request.method == "GET":
        with current_database().session() as work:
            note(work, current_sign_in().user.username, action, details, utc_now())
