"""Lets signed-in users pass and answers everybody else."""

import logging
from datetime import datetime

from flask import Flask, g, redirect, request, session, url_for
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.wrappers import Response

from webapp.core.errors import StorageError
from webapp.storage.sign_ins import SignIn, find_sign_in, keep_alive
from webapp.storage.users import User
from webapp.web.negotiation import asks_for_page
from webapp.web.services import current_database, utc_now

TOKEN = "token"
OPEN = {"static", "ops.healthz"}
LOGIN = "auth.login"
WHILE_PASSWORD_IS_DUE = {"auth.password", "auth.logout"}
logger = logging.getLogger(__name__)


def init_guard(app: Flask, *, open_ops: bool) -> None:
    """Check every request before any view or form check runs."""
    open_endpoints = OPEN | ({"ops.readyz"} if open_ops else set())

    @app.before_request
    def check() -> Response | None:
        if request.endpoint in open_endpoints:
            return None
        g.sign_in = load_sign_in()
        if request.endpoint == LOGIN:
            return None
        return _refusal(g.sign_in)

    @app.context_processor
    def name_user() -> dict[str, User | None]:
        return {"current_user": current_user()}


def load_sign_in() -> SignIn | None:
    """Return the sign-in that the request's cookie stands for, noting that it is in use."""
    token = session.get(TOKEN)
    if not token:
        return None
    now = utc_now()
    with current_database().session() as work:
        sign_in = find_sign_in(work, token, now)
    if sign_in:
        _note_use(sign_in, now)
    return sign_in


def _note_use(sign_in: SignIn, now: datetime) -> None:
    """Note that a sign-in is in use; who may read may go on while nothing can be written."""
    try:
        with current_database().session() as work:
            keep_alive(work, {sign_in.id}, now)
    except StorageError as error:
        logger.warning("The use of a sign-in cannot be noted now: %s", error)


def current_sign_in() -> SignIn:
    """Return the sign-in of this request.

    Raises:
        Unauthorized: nobody is signed in.
    """
    sign_in: SignIn | None = g.get("sign_in")
    if sign_in is None:
        raise Unauthorized("Sign in first.")
    return sign_in


def current_user() -> User | None:
    """Return who is signed in, if anybody."""
    sign_in: SignIn | None = g.get("sign_in")
    return sign_in.user if sign_in else None


def require_admin() -> None:
    """Let admins pass.

    Raises:
        Forbidden: the user is no admin.
    """
    if not current_sign_in().user.is_admin:
        raise Forbidden("Only an admin may do this.")


def _refusal(sign_in: SignIn | None) -> Response | None:
    if sign_in is None:
        return _refuse_stranger()
    if sign_in.user.must_change_password and request.endpoint not in WHILE_PASSWORD_IS_DUE:
        return _ask_for_new_password()
    return None


def _refuse_stranger() -> Response:
    if not asks_for_page():
        raise Unauthorized("Sign in first.")
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    target = url_for(LOGIN, next=wanted if wanted != "/" else None)
    return redirect(target, code=303)


def _ask_for_new_password() -> Response:
    if not asks_for_page():
        raise Forbidden("Choose a new password first.")
    return redirect(url_for("auth.password"), code=303)
