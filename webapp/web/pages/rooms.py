"""The links of a room, for admins: made, shown once, and ended."""

from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from wtforms import SelectField, StringField

from webapp.core.access import Permission
from webapp.storage.cameras import find_camera
from webapp.storage.room_links import add_link, revoke_link
from webapp.web.access.guard import current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.api.alert_records import PUBLIC_URL
from webapp.web.live.participants import LINK_ENDED
from webapp.web.pages.form_fields import PageForm, TextOf, one_line
from webapp.web.services import current_database, current_services, utc_now

MOST_WATCHER_CHARACTERS = 200
LENGTHS = {"1": "an hour", "8": "8 hours", "24": "a day", "168": "a week", "720": "30 days"}
bp = Blueprint("rooms", __name__, url_prefix="/admin/cameras/<name>/links")


class LinkForm(PageForm):
    """Asks for what people read who open a link, and for how long it lets them in."""

    watched_by = StringField(
        "Who watches",
        filters=[one_line],
        validators=[
            TextOf(MOST_WATCHER_CHARACTERS, "who sees what comes, such as “the shift leaders”")
        ],
    )
    hours = SelectField(
        "Lets people in for",
        choices=LENGTHS,
        default="8",
        invalid_choice_message="Expected a length from the list.",
    )


@bp.post("")
@needs(Permission.ADMINISTER)
def add(name: str) -> ResponseReturnValue:
    """Make a link and show it, once."""
    _check_room(name)
    form = LinkForm(request.form)
    if not form.validate():
        for field in form:
            for error in field.errors:
                flash(f"No link was made. {field.label.text}: {error}", "link-fault")
        return _back(name)
    valid_for = timedelta(hours=int(form.hours.data))
    with current_database().session() as work:
        token = add_link(work, name, form.watched_by.data, valid_for, _author(), utc_now())
    flash(base_url() + url_for("join.page", token=token), "link")
    return _back(name)


@bp.post("/<int:link_id>/end")
@needs(Permission.ADMINISTER)
def end(name: str, link_id: int) -> ResponseReturnValue:
    """End a link, and have everybody leave who came by it."""
    _check_room(name)
    try:
        with current_database().session() as work:
            revoke_link(work, name, link_id, _author(), utc_now())
    except KeyError:
        raise NotFound("There is no such link.") from None
    current_services().participants.end_link(link_id, LINK_ENDED)
    flash("The link is ended; who came by it is out of the room.", "link-end")
    return _back(name)


def _check_room(name: str) -> None:
    with current_database().session() as work:
        stored = find_camera(work, name, current_services().sealer)
    if stored is None or not stored.setup.is_room:
        raise NotFound("There is no such room; it may have been removed.")


def base_url() -> str:
    """Return where browsers find the server, as far as the path that `url_for` begins with."""
    public: str = current_app.config[PUBLIC_URL]
    root = request.script_root
    return public.removesuffix(root) if public else request.host_url.rstrip("/")


def _back(name: str) -> ResponseReturnValue:
    return redirect(url_for("cameras.edit", name=name, _anchor="links"), code=303)


def _author() -> str:
    return current_sign_in().user.username
