"""The audit log, page by page, and its details in words."""

import json
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.core.access import Permission
from webapp.storage.audit import list_entries
from webapp.web.access.permissions import needs
from webapp.web.pages.local_times import clock_text
from webapp.web.services import current_database

ENTRIES_A_PAGE = 50
LARGEST_ID = 2**31 - 1
bp = Blueprint("audit", __name__)


@bp.get("/admin/audit")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """Show the newest entries, sign-ins among them, or those older than the entry `before`."""
    before = request.args.get("before", type=int)
    before = None if before is None else min(before, LARGEST_ID)
    with current_database().session() as work:
        entries = list_entries(work, ENTRIES_A_PAGE + 1, before, with_sign_ins=True)
    shown = entries[:ENTRIES_A_PAGE]
    return render_template(
        "audit.html",
        entries=[(entry, details_text(entry.details)) for entry in shown],
        is_newest=before is None,
        older=shown[-1].id if len(entries) > len(shown) else None,
    )


def details_text(details: Any) -> str:
    """Put an entry's details into words."""
    if isinstance(details, dict):
        parts = ((name, details_text(value)) for name, value in details.items())
        return ", ".join(f"{name} {text}" for name, text in parts if text)
    if isinstance(details, list):
        return ", ".join(map(details_text, details))
    if isinstance(details, bool):
        return "yes" if details else "no"
    if isinstance(details, float):
        return f"{details:g}"
    return "" if details is None else _plain(str(details))


def _plain(text: str) -> str:
    """Put a stored list or time into words; every other text stays as it is."""
    try:
        if text.startswith("["):
            return " or ".join(map(str, json.loads(text))) or "none"
        return clock_text(text) if "T" in text else text
    except (ValueError, OverflowError, RecursionError):
        # Anybody's remark may look like one and be none.
        return text
