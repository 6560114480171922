"""The pages on which admins set cameras up."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, NotFound

from webapp.core.access import Permission
from webapp.core.camera_setup import SEALED_WORDS, CameraSetup, free_name, shown_source
from webapp.core.camera_trial import CameraTrial
from webapp.core.errors import BusyError, NameTakenError, SourceError
from webapp.core.privacy import PRIVACY_WORDS
from webapp.core.purpose import Hold, Protection, Purpose
from webapp.storage.audit import TRIED, note
from webapp.storage.cameras import (
    StoredCamera,
    camera_titles,
    find_camera,
    is_taken_over,
    list_cameras,
    move_camera,
    remove_camera,
    save_camera,
    switch_camera,
)
from webapp.storage.leases import living_workers
from webapp.storage.purposes import purposes_or_holds
from webapp.storage.room_links import RoomLink, list_links
from webapp.web.access.guard import current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.access.visible import change_cameras, current_runtime
from webapp.web.camera_purposes import current_purposes, shown
from webapp.web.pages.camera_form import TURN_WORDS, CameraForm
from webapp.web.pages.rooms import LinkForm
from webapp.web.services import current_database, current_services, utc_now

TRY, FIRST_ROOM = "try", "browser 25"
MOVES = {"up": -1, "down": 1}
bp = Blueprint("cameras", __name__, url_prefix="/admin/cameras")


@dataclass(frozen=True)
class Tried:
    """What came of a test, for the page; `fault` is "" where a picture came."""

    fault: str = ""
    trial: CameraTrial | None = None

    @property
    def picture_url(self) -> str:
        """The picture, within the page: it is kept nowhere."""
        assert self.trial
        return f"data:image/jpeg;base64,{base64.b64encode(self.trial.jpeg).decode()}"


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """List the cameras."""
    with current_database().session() as work:
        stored = list_cameras(work, current_services().sealer)
        from_settings = not is_taken_over(work)
        found = purposes_or_holds(work, utc_now())
    states = {status.name: status for status in current_runtime().cameras()}
    return render_template(
        "cameras.html",
        cameras=stored,
        states=states,
        from_settings=from_settings,
        purposes={
            each.setup.name: shown(each.setup.name, each.setup.title, found[each.setup.name])
            for each in stored
            if each.setup.name in found
        },
        now=utc_now(),
        shown_source=shown_source,
        turn_words=TURN_WORDS,
        shown_words=PRIVACY_WORDS,
    )


@bp.route("/new", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def add() -> ResponseReturnValue:
    """Show the form of a new camera, test or add what it sends."""
    return _edit(None)


@bp.route("/<name>/edit", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def edit(name: str) -> ResponseReturnValue:
    """Show the form of a camera, test or save what it sends."""
    return _edit(_find(name))


@bp.post("/<name>/switch")
@needs(Permission.ADMINISTER)
def switch(name: str) -> ResponseReturnValue:
    """Switch a camera on or off."""
    title, is_on = _find(name).setup.title, request.form.get("on") == "1"
    _change(lambda work: switch_camera(work, name, is_on, _author(), utc_now()))
    state = "is switched on" if is_on else "is switched off: it is not opened, shown or watched"
    flash(f"The camera “{title}” {state}.", "cameras")
    return redirect(url_for("cameras.index"), code=303)


@bp.post("/<name>/move")
@needs(Permission.ADMINISTER)
def move(name: str) -> ResponseReturnValue:
    """Put a camera one place up or down in every list."""
    _find(name)
    places = MOVES.get(request.form.get("to", ""))
    if places is None:
        raise BadRequest("to: expected up or down.")
    _change(lambda work: move_camera(work, name, places, _author(), utc_now()))
    return redirect(url_for("cameras.index", _anchor=f"camera-{name}"), code=303)


@bp.post("/<name>/remove")
@needs(Permission.ADMINISTER)
def remove(name: str) -> ResponseReturnValue:
    """Remove a camera; its history and alerts stay."""
    title = _find(name).setup.title
    _change(lambda work: remove_camera(work, name, _author(), utc_now()))
    flash(f"The camera “{title}” is removed; its history and alerts stay.", "cameras")
    return redirect(url_for("cameras.index"), code=303)


def _edit(stored: StoredCamera | None) -> ResponseReturnValue:
    setup, taken, workers = stored.setup if stored else None, _titles_but(stored), _workers()
    if request.method != "POST":
        form = CameraForm(None, taken, setup, workers)
        if request.args.get("room"):
            form.source.data = FIRST_ROOM
        return _form_page(form, stored)
    form = CameraForm(request.form, taken, setup, workers)
    is_tried = request.form.get("deed") == TRY
    if not (form.has_source() if is_tried else form.validate()):
        return _form_page(form, stored), 400
    if is_tried:
        return _form_page(form, stored, _tried(form))
    if stored and not _protects_as_stated(form, stored.setup.name):
        return _form_page(form, stored), 400
    if stored and request.form.get("seen", _version(stored)) != _version(stored):
        # What somebody masked meanwhile must not show again by a form that does not know of it.
        return _form_page(form, stored, is_outdated=True), 409
    return _save(form, stored)


def _protects_as_stated(form: CameraForm, name: str) -> bool:
    """Return whether the form protects people as the camera's purpose does; mark what does not."""
    with current_database().session() as work:
        purpose = purposes_or_holds(work, utc_now()).get(name)
    if not isinstance(purpose, Purpose):
        return True
    setup, stated = form.setup(name), purpose.protection
    if Protection(setup.privacy, stated.min_group).is_weaker_than(stated):
        most = PRIVACY_WORDS[stated.privacy]
        form.privacy.errors = [f"Its purpose allows at most: {most}. State it anew to show more."]
    if setup.min_group < stated.min_group:
        form.min_group.errors = [
            f"Its purpose says nothing of fewer than {stated.min_group}. State it anew for fewer."
        ]
    return not form.errors


def _save(form: CameraForm, stored: StoredCamera | None) -> ResponseReturnValue:
    name = stored.setup.name if stored else ""

    def save(work: Session) -> None:
        nonlocal name
        name = name or free_name(form.title.data, camera_titles(work))
        save_camera(work, form.setup(name), current_services().sealer, _author(), utc_now())

    try:
        _change(save)
    except NameTakenError as error:
        # By somebody who saved since the form was read.
        form.title.errors = [str(error)]
        return _form_page(form, stored), 409
    is_off = stored is not None and not stored.is_enabled
    if not is_off and isinstance(current_purposes().get(name), Hold):
        flash(
            f"The camera “{form.title.data}” is saved. It stays off until you state this:",
            "cameras",
        )
        return redirect(url_for("purposes.state", name=name), code=303)
    state = "stays switched off" if is_off else "runs so from now on"
    flash(f"The camera “{form.title.data}” is saved and {state}.", "cameras")
    return redirect(url_for("cameras.index"), code=303)


def _tried(form: CameraForm) -> Tried:
    source = form.wanted_source()
    if source is None:
        return Tried(f"No picture: {SEALED_WORDS}")
    try:
        trial = current_runtime().try_source(source, form.worker.data or "")
    except (SourceError, BusyError) as error:
        return Tried(f"No picture: {error}")
    # It may show people whom nobody informed yet.
    details = {"source": shown_source(CameraSetup("", "", source))}
    with current_database().session() as work:
        note(work, _author(), TRIED, details, utc_now())
    return Tried(trial=trial)


def _version(stored: StoredCamera) -> str:
    return stored.updated_at.isoformat()


def _form_page(
    form: CameraForm,
    stored: StoredCamera | None,
    tried: Tried | None = None,
    is_outdated: bool = False,
) -> str:
    newest = _version(stored) if stored else ""
    seen = newest if is_outdated else request.form.get("seen", newest)
    address = shown_source(stored.setup) if stored and form.keeps_address else ""
    links: Sequence[RoomLink] = ()
    if stored and stored.setup.is_room:
        with current_database().session() as work:
            links = list_links(work, stored.setup.name)
    return render_template(
        "camera.html",
        form=form,
        stored=stored,
        address=address,
        tried=tried or Tried(),
        seen=seen,
        is_outdated=is_outdated,
        links=links,
        link_form=LinkForm(),
        now=utc_now(),
    )


def _change(change: Callable[[Session], None]) -> None:
    try:
        change_cameras(change)
    except KeyError:
        raise NotFound("This camera was removed meanwhile.") from None


def _titles_but(stored: StoredCamera | None) -> list[str]:
    with current_database().session() as work:
        every = list_cameras(work, current_services().sealer)
    but = stored.setup.name if stored else ""
    return [each.setup.title for each in every if each.setup.name != but]


def _workers() -> list[str]:
    with current_database().session() as work:
        return living_workers(work)


def _find(name: str) -> StoredCamera:
    with current_database().session() as work:
        stored = find_camera(work, name, current_services().sealer)
    if stored is None:
        raise NotFound("There is no such camera; it may have been removed.")
    return stored


def _author() -> str:
    return current_sign_in().user.username
