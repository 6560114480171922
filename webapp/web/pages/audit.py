"""The audit log, page by page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.core.access import Permission
from webapp.storage.audit import EVERYTHING, AuditEntry, list_entries
from webapp.web.access.permissions import needs
from webapp.web.pages.audit_words import ITSELF, action_words, details_text
from webapp.web.services import current_database

ENTRIES_A_PAGE = 50
LARGEST_ID = 2**31 - 1
bp = Blueprint("audit", __name__)


@dataclass(frozen=True)
class ShownEntry:
    """One entry in words."""

    at: datetime
    author: str
    action: str
    details: str


def shown_entries(entries: Iterable[AuditEntry]) -> list[ShownEntry]:
    """Put entries into words."""
    return [
        ShownEntry(
            entry.at,
            entry.author or ITSELF,
            action_words(entry.action),
            details_text(entry.details),
        )
        for entry in entries
    ]


@bp.get("/admin/audit")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """Show the newest entries, sign-ins among them, or those older than the entry `before`."""
    before = request.args.get("before", type=int)
    before = None if before is None else min(before, LARGEST_ID)
    with current_database().session() as work:
        entries = list_entries(work, ENTRIES_A_PAGE + 1, before, EVERYTHING)
    shown = entries[:ENTRIES_A_PAGE]
    return render_template(
        "audit.html",
        entries=shown_entries(shown),
        is_newest=before is None,
        older=shown[-1].id if len(entries) > len(shown) else None,
    )
