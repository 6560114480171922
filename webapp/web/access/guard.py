"""Lets pass who may do what a route declares, and answers everybody else."""

import logging
from datetime import datetime

from flask import Flask, current_app, g, redirect, request, session, url_for
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.wrappers import Response

from webapp.core.access import Actor, Permission, may
from webapp.core.errors import SignInRefusedError, StorageError
from webapp.core.proxy_headers import Identity
from webapp.storage.proxy_users import begin_proxy_sign_in, proxy_sign_in
from webapp.storage.sign_ins import SignIn, find_sign_in, keep_alive
from webapp.storage.users import User, username_key
from webapp.web.access.bearer import sent_token
from webapp.web.access.due import due_of
from webapp.web.access.permissions import Audience, Declared, declared_by, lets_in, scope_of
from webapp.web.access.proxy_identity import IDENTITY
from webapp.web.negotiation import asks_for_page
from webapp.web.services import current_services, utc_now

TOKEN = "token"
LOGIN, LOGOUT = "auth.login", "auth.logout"
# For everybody, and yet they ask whether somebody is signed in.
SIGN_IN_PAGES = (LOGIN, "second_factor.sign_in")
logger = logging.getLogger(__name__)


def init_guard(app: Flask, *, open_ops: bool) -> None:
    """Check every request before any view or form check runs."""

    @app.before_request
    def check() -> Response | None:
        endpoint = request.endpoint
        # What is not there needs a sign-in: a stranger does not learn which addresses exist.
        declared = declared_by(current_app, endpoint) if endpoint else Audience.SIGNED_IN
        if token := sent_token():
            if declared != Audience.EVERYBODY or endpoint in SIGN_IN_PAGES:
                _check_token(token, declared)
            return None
        if open_ops and declared == Permission.READ_HEALTH:
            return None
        if declared == Audience.EVERYBODY and endpoint not in SIGN_IN_PAGES:
            return None
        g.sign_in = load_sign_in()
        return None if declared == Audience.EVERYBODY else _refusal(g.sign_in, declared)

    @app.context_processor
    def offer_user() -> dict[str, object]:
        user = current_user()
        return {
            "current_user": user,
            "is_due": user is not None and due_of(user) is not None,
            "may": current_user_may,
            "Permission": Permission,
        }


def load_sign_in() -> SignIn | None:
    """Return the sign-in that a proxy or the request's cookie names, noting that it is in use."""
    now, database, token = utc_now(), current_services().database, session.get(TOKEN)
    if identity := request.environ.get(IDENTITY):
        sign_in = _sign_in_by_proxy(identity, now)
    elif token:
        with database.session() as work:
            sign_in = find_sign_in(work, token, now)
    else:
        return None
    if sign_in is None:
        return None
    try:
        with database.session() as work:
            keep_alive(work, {sign_in.id}, now)
    except StorageError as error:
        # Who may read may go on while nothing can be written.
        logger.warning("The use of a sign-in cannot be noted now: %s", error)
    return sign_in


def _sign_in_by_proxy(identity: Identity, now: datetime) -> SignIn | None:
    database = current_services().database
    try:
        with database.session() as work:
            sign_in = proxy_sign_in(work, identity, now)
        if sign_in is None:
            with database.session() as work:
                sign_in = begin_proxy_sign_in(work, identity, now)
    except SignInRefusedError as error:
        g.refused = str(error)
        return None
    return sign_in


def shown_token() -> str | None:
    """Return what tells whose request this is, without asking the database."""
    identity: Identity | None = request.environ.get(IDENTITY)
    return f"proxy:{username_key(identity.username)}" if identity else session.get(TOKEN)


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


def current_actor() -> Actor:
    """Return who asks, for `may`; raises Unauthorized where nobody is signed in."""
    return current_sign_in().user.actor


def current_user_may(permission: Permission, camera: str | None = None) -> bool:
    """Return, for a template or view, whether whoever is signed in may do something."""
    user = current_user()
    return user is not None and may(user.actor, permission, camera)


def _refusal(sign_in: SignIn | None, declared: Declared | None) -> Response | None:
    """Return the answer to who may not pass, or raise it; None for who may."""
    if sign_in is None:
        if refused := g.get("refused"):
            raise Forbidden(refused)
        if not asks_for_page():
            raise Unauthorized("Sign in first.")
        return redirect(url_for(LOGIN, next=_wanted_page()), code=303)
    if declared == Audience.PASSWORD_DUE:
        return None
    if due := due_of(sign_in.user):
        if not asks_for_page():
            raise Forbidden(due.words)
        return redirect(url_for(due.endpoint), code=303)
    if declared is None:
        logger.error("%s declares no permission, so nobody may use it", request.endpoint)
        raise Forbidden("Nobody may do this.")
    if not lets_in(declared, sign_in.user.actor):
        raise Forbidden(
            f"As a {sign_in.user.role} you may not {declared}. An admin can change that."
        )
    return None


def _check_token(token: str, declared: Declared | None) -> None:
    """Let a program pass whose token is good and for this; it counts alone, whatever else came.

    What is due of the owner is due of a person who signs in: a program could not do it.
    """
    address = request.remote_addr or ""
    g.sign_in = sign_in = current_services().tokens.sign_in(token, address)
    if request.endpoint is None:
        return
    scope = scope_of(current_app, request.endpoint)
    if scope is None or declared is None:
        raise Forbidden("No API token opens this address.")
    assert sign_in.token
    if scope not in sign_in.token.scopes:
        scopes = ", ".join(sorted(sign_in.token.scopes))
        raise Forbidden(f"This needs an API token for {scope}; this one is for {scopes}.")
    if not lets_in(declared, sign_in.user.actor):
        role = sign_in.user.role
        raise Forbidden(f"The owner of this API token is a {role} and may not {declared}.")


def _wanted_page() -> str | None:
    """Return what to show after the sign-in; None for the first page."""
    wanted = request.full_path.rstrip("?")
    # Who has signed out and goes back does not want to sign in to sign out again.
    if request.method != "GET" or request.endpoint == LOGOUT or wanted == "/":
        return None
    return request.script_root + wanted
