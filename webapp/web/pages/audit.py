"""The audit log: page by page, as a file, and whether it is whole."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from webapp.core.access import Permission
from webapp.core.utc import iso_utc
from webapp.disk.exports import csv_line
from webapp.storage.audit import AuditEntry, AuditFilter, list_entries
from webapp.storage.audit_chain import end_of_chain, verify
from webapp.storage.database import Database
from webapp.storage.users import all_usernames
from webapp.web.access.permissions import needs
from webapp.web.export_notes import note_export
from webapp.web.pages.audit_filter import KIND_WORDS, read_audit_filter
from webapp.web.pages.audit_words import ITSELF, action_words, details_text
from webapp.web.pages.history_view import recorded_cameras
from webapp.web.pages.local_times import current_zone
from webapp.web.row_ids import LARGEST_ID
from webapp.web.services import current_database

ENTRIES_A_PAGE = 50
EXPORTED_AT_ONCE = 1000
COLUMNS = ("id", "at_utc", "author", "action", "details", "sha256")
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
    """Show the newest entries that are asked for, or those older than the entry `before`.

    With `chain=check` the whole log is walked along, which takes seconds where it is long.
    """
    asked = read_audit_filter(request.args, current_zone())
    before = request.args.get("before", type=int)
    before = None if before is None else min(before, LARGEST_ID)
    with current_database().session() as work:
        entries = list_entries(work, ENTRIES_A_PAGE + 1, before, asked.wanted)
        report = verify(work) if request.args.get("chain") == "check" else None
        last_id, head = end_of_chain(work)
        users, cameras = all_usernames(work), recorded_cameras(work)
    shown = entries[:ENTRIES_A_PAGE]
    return render_template(
        "audit.html",
        entries=shown_entries(shown),
        filter=asked,
        kind_words=KIND_WORDS,
        cameras=cameras,
        users=users,
        is_newest=before is None,
        older=shown[-1].id if len(entries) > len(shown) else None,
        last_id=last_id,
        head=head,
        report=report,
    ), 400 if asked.faults else 200


@bp.get("/admin/audit/export.<form>")
@needs(Permission.ADMINISTER)
def export(form: str) -> ResponseReturnValue:
    """Hand out all that the filter shows, the newest first, and note that."""
    if form not in EXPORTS:
        raise NotFound(f"The audit log is exported as {' or '.join(EXPORTS)}.")
    asked = read_audit_filter(request.args, current_zone())
    if asked.faults:
        raise BadRequest(" ".join(asked.faults.values()))
    database = current_database()
    with database.session() as work:
        last_id, _ = end_of_chain(work)
    note_export("audit log exported", {"format": form} | {"filter": asked.sent or "none"})
    mimetype, first, write = EXPORTS[form]

    def lines() -> Iterator[str]:
        yield first
        for entry in _all_entries(database, asked.wanted, last_id):
            yield write(entry)

    answer = Response(lines(), content_type=mimetype)
    name = f"evenkeel-audit-{last_id}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _all_entries(database: Database, wanted: AuditFilter, last_id: int) -> Iterator[AuditEntry]:
    """Yield entries from the newest on; no transaction waits for who takes them."""
    before: int | None = last_id + 1
    while before is not None:
        with database.session() as work:
            entries = list_entries(work, EXPORTED_AT_ONCE, before, wanted)
        yield from entries
        before = entries[-1].id if len(entries) == EXPORTED_AT_ONCE else None


def _as_csv(entry: AuditEntry) -> str:
    details = json.dumps(entry.details, ensure_ascii=False, sort_keys=True)
    cells = (entry.id, iso_utc(entry.at), entry.author, entry.action, details, entry.sha256)
    return csv_line(cells)


def _as_json_line(entry: AuditEntry) -> str:
    values = (entry.id, iso_utc(entry.at), entry.author, entry.action, entry.details, entry.sha256)
    return json.dumps(dict(zip(COLUMNS, values, strict=True))) + "\n"


# The kind of file, what it begins with, and how an entry is written.
EXPORTS: dict[str, tuple[str, str, Callable[[AuditEntry], str]]] = {
    "csv": ("text/csv; charset=utf-8", csv_line(COLUMNS), _as_csv),
    "jsonl": ("application/jsonl; charset=utf-8", "", _as_json_line),
}
