"""Cameras as JSON, and switching them off and on, by a program or by a form."""

import re
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, Conflict, NotFound

from webapp.core.access import Permission
from webapp.core.api_tokens import TokenScope
from webapp.core.bands import Band
from webapp.core.camera_status import CameraStatus
from webapp.core.errors import PurposeError, SourceError
from webapp.core.privacy import Privacy
from webapp.core.purpose import Hold, Purpose
from webapp.core.utc import iso_utc
from webapp.storage.audit import note
from webapp.storage.cameras import find_camera as find_stored
from webapp.storage.cameras import save_camera
from webapp.web.access.guard import current_actor, current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.access.visible import change_cameras, current_runtime, find_camera
from webapp.web.camera_pauses import PauseForm, with_pauses
from webapp.web.camera_purposes import current_purposes
from webapp.web.negotiation import asks_for_page
from webapp.web.pages.local_times import current_zone
from webapp.web.services import current_database, current_services, utc_now

# What cannot reach beyond this machine, whoever asks.
SOURCE = re.compile(r"\d{1,2}|demo")
bp = Blueprint("cameras_api", __name__, url_prefix="/api/cameras")


@bp.get("")
@needs(Permission.WATCH, token=TokenScope.READ)
def list_as_json() -> ResponseReturnValue:
    """List the cameras and how they are doing."""
    statuses = with_pauses(current_runtime().cameras())
    purposes = current_purposes()
    return jsonify(cameras=[_as_json(each, purposes.get(each.name)) for each in statuses])


@bp.post("/<camera>/pause")
@needs(Permission.PAUSE_CAMERAS, token=TokenScope.CAMERAS)
def pause(camera: str) -> ResponseReturnValue:
    """Close a camera until somebody resumes it, or until a time; over restarts too."""
    find_camera(camera)
    form = PauseForm(request.form, current_zone(), utc_now())
    if not form.validate():
        raise BadRequest(" ".join(faults[0] for faults in form.errors.values()))
    pause = form.pause(camera, current_sign_in().user.username)
    current_services().switch.pause(current_runtime(), pause)
    return _answer(camera)


@bp.post("/<camera>/resume")
@needs(Permission.PAUSE_CAMERAS, token=TokenScope.CAMERAS)
def resume(camera: str) -> ResponseReturnValue:
    """Open a paused camera again."""
    find_camera(camera)
    author = current_sign_in().user.username
    try:
        current_services().switch.resume(current_runtime(), camera, author, utc_now())
    except PurposeError as error:
        raise Conflict(str(error)) from error
    return _answer(camera)


@bp.post("/<camera>/viewers")
@needs(Permission.SHOW_VIEWERS, token=TokenScope.CAMERAS)
def show_viewers(camera: str) -> ResponseReturnValue:
    """Show viewers so much of a camera from now on, at most what it shows anybody."""
    find_camera(camera)
    wanted = request.form.get("viewers_see", "")
    if wanted not in list(Privacy):
        known = ", ".join(Privacy)
        raise BadRequest(f"viewers_see: expected {known}, got {wanted[:40]!r}.")
    change_cameras(partial(_change_setup, camera=camera, viewers_see=Privacy(wanted)))
    return _answer(camera)


@bp.post("/<camera>/source")
@needs(Permission.ADMINISTER)
def change_source(camera: str) -> ResponseReturnValue:
    """Let a camera read a camera of this server, by its number, or the demo, from now on."""
    source = request.form.get("source", "")
    if not SOURCE.fullmatch(source):
        raise BadRequest(f"source: expected a camera's number or demo, got {source[:40]!r}.")
    if find_camera(camera).state == "paused":
        raise Conflict("This camera is paused; resume it first.")
    try:
        current_runtime().try_source(source, _worker_of(camera))
    except SourceError as error:
        with current_database().session() as work:
            details = {"camera": camera, "because": str(error)}
            note(work, current_sign_in().user.username, "camera source kept", details, utc_now())
        raise Conflict(f"The camera goes on as before: {error}") from error
    change_cameras(partial(_change_setup, camera=camera, source=source))
    return _answer(camera)


def _worker_of(camera: str) -> str:
    """Return the name of the worker that a camera is bound to, or ""."""
    with current_database().session() as work:
        stored = find_stored(work, camera, current_services().sealer)
    return stored.setup.worker if stored else ""


def _change_setup(work: Session, camera: str, **changes: Any) -> None:
    sealer = current_services().sealer
    stored = find_stored(work, camera, sealer)
    if stored is None:
        raise NotFound("This camera was removed meanwhile.")
    setup = replace(stored.setup, **changes)
    save_camera(work, setup, sealer, current_sign_in().user.username, utc_now())


def _answer(camera: str) -> ResponseReturnValue:
    if asks_for_page():
        # Back to the button: without JavaScript the keyboard would begin at the top again.
        return redirect(url_for("dashboard.index", camera=camera, _anchor="switch"), code=303)
    (status,) = with_pauses([find_camera(camera)])
    return jsonify(_as_json(status, current_purposes().get(camera)))


def _as_json(status: CameraStatus, purpose: Purpose | Hold | None) -> dict[str, Any]:
    counts = current_runtime().newest_counts(status.name)
    return {
        "name": status.name,
        "title": status.label,
        "state": status.state,
        "since": iso_utc(status.since),
        "source_kind": status.source_kind,
        "reason": status.reason,
        "analysis_fps": status.analysis_fps,
        "stream_fps": status.stream_fps,
        "viewers": status.viewers,
        "skipped_frames": status.skipped_frames,
        "is_reduced": status.is_reduced,
        "band": counts.band if counts else Band.NONE,
        "shows": status.disclosure.shown_to(viewers=current_actor().is_viewer),
        "min_group": status.disclosure.min_group,
        "purpose": _purpose_as_json(purpose) if isinstance(purpose, Purpose) else None,
    }


def _purpose_as_json(purpose: Purpose) -> dict[str, Any]:
    return {"kind": purpose.kind, "until": iso_utc(purpose.valid_until)}
