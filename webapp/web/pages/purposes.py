"""The page on which an admin states what a camera is for, without which it stays off."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Conflict, NotFound

from webapp.core.access import Permission
from webapp.core.camera_setup import CameraSetup, shown_source
from webapp.core.privacy import PRIVACY_WORDS
from webapp.core.purpose import KIND_WORDS, PROPOSED, REGION_WORDS, Purpose, needs_purpose
from webapp.core.utc import iso_utc
from webapp.disk.exports import Cell, csv_line
from webapp.storage.cameras import camera_titles, find_camera
from webapp.storage.purposes import (
    list_purposes,
    newest_purposes,
    purposes_or_holds,
    reads_since,
    state_purpose,
    withdraw_purpose,
)
from webapp.web.access.guard import current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.access.visible import change_cameras
from webapp.web.camera_purposes import shown
from webapp.web.export_notes import note_export
from webapp.web.pages.purpose_form import PurposeForm, protection_words, values_of
from webapp.web.services import current_database, current_services, utc_now

bp = Blueprint("purposes", __name__, url_prefix="/admin/cameras")


@bp.route("/<name>/purpose", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def state(name: str) -> ResponseReturnValue:
    """Show what a camera is for and was for, or state it."""
    setup = _find(name)
    if request.method != "POST":
        return _page(setup, PurposeForm(None, data=_values(name)))
    if not needs_purpose(setup.kind):
        raise Conflict("What this camera reads needs no purpose.")
    form = PurposeForm(request.form)
    if not form.validate():
        return _page(setup, form), 400
    with current_database().session() as work:
        since = reads_since(work, name)
    if request.form.get("reads_since", since.isoformat()) != since.isoformat():
        # A purpose is stated for a place, and somebody moved the camera meanwhile.
        return _page(setup, form, is_outdated=True), 409
    stated = form.purpose(name, _author(), utc_now(), since)
    change_cameras(lambda work: state_purpose(work, stated, current_services().sealer))
    flash(f"The purpose of “{setup.title}” is stated.", "cameras")
    return redirect(url_for("cameras.index", _anchor=f"camera-{name}"), code=303)


@bp.post("/<name>/purpose/withdraw")
@needs(Permission.ADMINISTER)
def withdraw(name: str) -> ResponseReturnValue:
    """Withdraw what a camera is for, so that it is off at once."""
    title = _find(name).title
    try:
        change_cameras(lambda work: withdraw_purpose(work, name, _author(), utc_now()))
    except KeyError:
        raise Conflict("No purpose is stated of this camera.") from None
    flash(f"The purpose of “{title}” is withdrawn, and the camera is off.", "cameras")
    return redirect(url_for("cameras.index", _anchor=f"camera-{name}"), code=303)


@bp.get("/purposes.<form>")
@needs(Permission.ADMINISTER)
def export(form: str) -> ResponseReturnValue:
    """Hand out every statement, newest first, also those of removed cameras; note who took it."""
    if form not in EXPORTS:
        raise NotFound(f"Purposes are exported as {' or '.join(EXPORTS)}.")
    with current_database().session() as work:
        titles = camera_titles(work)
        records = [_as_record(each, titles) for each in list_purposes(work)]
    note_export("purposes exported", {"format": form})
    content_type, write = EXPORTS[form]
    answer = Response(write(records), content_type=content_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="evenkeel-purposes.{form}"'
    return answer


def _as_table(records: Sequence[Mapping[str, Cell]]) -> str:
    lines = [csv_line(COLUMNS)]
    return "".join(lines + [csv_line(record.values()) for record in records])


def _as_json(records: Sequence[Mapping[str, Cell]]) -> str:
    return json.dumps({"purposes": records}, indent=2) + "\n"


EXPORTS = {
    "csv": ("text/csv; charset=utf-8", _as_table),
    "json": ("application/json", _as_json),
}
COLUMNS = (
    *("camera", "title", "kind", "reason", "approved_by", "is_informed", "region", "privacy"),
    *("min_group", "less_because", "stated_by", "stated_at", "valid_until", "withdrawn_by"),
    "withdrawn_at",
)


def _as_record(purpose: Purpose, titles: Mapping[str, str]) -> dict[str, Cell]:
    cells: tuple[Cell, ...] = (
        purpose.camera,
        titles.get(purpose.camera, purpose.camera),
        purpose.kind,
        purpose.reason,
        purpose.approved_by,
        purpose.is_informed,
        purpose.region,
        purpose.protection.privacy,
        purpose.protection.min_group,
        purpose.less_because,
        purpose.stated_by,
        iso_utc(purpose.stated_at),
        iso_utc(purpose.valid_until),
        purpose.withdrawn_by,
        iso_utc(purpose.withdrawn_at) if purpose.withdrawn_at else None,
    )
    return dict(zip(COLUMNS, cells, strict=True))


def _values(name: str) -> Mapping[str, Any]:
    """Return what the form of a purpose begins with: the one that is stated anew."""
    with current_database().session() as work:
        newest, since = newest_purposes(work).get(name), reads_since(work, name)
    return values_of(newest) if newest and newest.reads_since == since else {}


def _page(setup: CameraSetup, form: PurposeForm, *, is_outdated: bool = False) -> str:
    with current_database().session() as work:
        found = purposes_or_holds(work, utc_now()).get(setup.name)
        history = list_purposes(work, setup.name)
        newest = reads_since(work, setup.name).isoformat()
    # Whoever saves again means the place of now.
    seen = newest if is_outdated else request.form.get("reads_since", newest)
    return render_template(
        "purpose.html",
        camera=setup,
        source=shown_source(setup),
        form=form,
        state=shown(setup.name, setup.title, found) if found else None,
        history=history,
        seen=seen,
        is_outdated=is_outdated,
        proposals={kind: protection_words(each) for kind, each in PROPOSED.items()},
        proposed={
            kind: {"privacy": PRIVACY_WORDS[each.privacy], "group": each.min_group}
            for kind, each in PROPOSED.items()
        },
        kind_words=KIND_WORDS,
        region_words=REGION_WORDS,
        protection_words=protection_words,
    )


def _find(name: str) -> CameraSetup:
    with current_database().session() as work:
        stored = find_camera(work, name, current_services().sealer)
    if stored is None:
        raise NotFound("There is no such camera; it may have been removed.")
    return stored.setup


def _author() -> str:
    return current_sign_in().user.username
