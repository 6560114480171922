"""How a sign-in begins and ends, once it is known whose it is."""

from flask import g, session
from sqlalchemy.orm import Session

from webapp.storage.audit import SIGNED_IN, SIGNED_OUT, note
from webapp.storage.sign_ins import revoke, start_sign_in
from webapp.storage.users import User
from webapp.web.access.guard import TOKEN
from webapp.web.services import current_database, current_services, utc_now


def start(user: User) -> None:
    """Sign a browser in, in place of whoever was signed in with it."""
    now = utc_now()
    with current_database().session() as work:
        _end(work)
        token = start_sign_in(work, user.id, now)
        note(work, user.username, SIGNED_IN, {}, now)
    _close_connections()
    session.clear()
    session.permanent = True
    session[TOKEN] = token


def end() -> None:
    """Sign the browser out."""
    with current_database().session() as work:
        _end(work)
    _close_connections()
    session.clear()


def _end(work: Session) -> None:
    if g.sign_in:
        now = utc_now()
        revoke(work, g.sign_in.id, now)
        note(work, g.sign_in.user.username, SIGNED_OUT, {}, now)


def _close_connections() -> None:
    if g.sign_in:
        current_services().connections.close({g.sign_in.id})
