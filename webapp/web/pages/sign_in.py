"""Sign-in, sign-out and the password page."""

from pathlib import Path

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from webapp.storage.passwords import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH
from webapp.storage.secret_files import remove_first_password
from webapp.storage.sign_ins import revoke, revoke_others, start_sign_in
from webapp.storage.users import User, find_user, set_password
from webapp.web.access.guard import TOKEN, current_sign_in
from webapp.web.access.permissions import Audience, needs
from webapp.web.access.redirects import safe_target
from webapp.web.services import current_database, current_services, utc_now

WRONG_LOGIN = "This user name and password do not belong together."
bp = Blueprint("auth", __name__)


@bp.route("/login", methods=["GET", "POST"])
@needs(Audience.EVERYBODY)
def login() -> ResponseReturnValue:
    """Show the sign-in form, or sign in with what it sends."""
    target = safe_target(request.values.get("next"), url_for("dashboard.index"))
    if request.method == "GET":
        if g.sign_in:
            return redirect(target, code=303)
        return render_template("login.html", error=None, next=target)
    user = _verified_user(request.form.get("username", ""), request.form.get("password", ""))
    if user is None:
        return render_template("login.html", error=WRONG_LOGIN, next=target), 401
    _sign_in(user)
    return redirect(target, code=303)


@bp.route("/logout", methods=["GET", "POST"])
@needs(Audience.PASSWORD_DUE)
def logout() -> ResponseReturnValue:
    """Ask before signing out, because a link on another site could lead here; then do it."""
    if request.method == "GET":
        return render_template("logout.html")
    _end_sign_in()
    session.clear()
    return redirect(url_for("auth.login"), code=303)


@bp.route("/password", methods=["GET", "POST"])
@needs(Audience.PASSWORD_DUE)
def password() -> ResponseReturnValue:
    """Show the form for a new password, or set the one it sends."""
    if request.method == "GET":
        return _password_page(None)
    fault = _fault_of_new_password()
    if fault:
        return _password_page(fault), 400
    user = current_sign_in().user
    if _verified_user(user.username, request.form.get("current_password", "")) is None:
        return _password_page("The current password is not right."), 400
    _change_password(user, request.form["new_password"])
    return redirect(url_for("dashboard.index"), code=303)


def _verified_user(username: str, given: str) -> User | None:
    with current_database().session() as work:
        user = find_user(work, username)
    is_right = current_services().checks.verify(username, request.remote_addr or "", user, given)
    return user if is_right else None


def _sign_in(user: User) -> None:
    _end_sign_in()
    with current_database().session() as work:
        token = start_sign_in(work, user.id, utc_now())
    session.clear()
    session.permanent = True
    session[TOKEN] = token


def _end_sign_in() -> None:
    if g.sign_in is None:
        return
    with current_database().session() as work:
        revoke(work, g.sign_in.id, utc_now())
    current_services().connections.close({g.sign_in.id})


def _password_page(error: str | None) -> str:
    must_change = current_sign_in().user.must_change_password
    return render_template(
        "password.html", error=error, must_change=must_change, least_length=MIN_PASSWORD_LENGTH
    )


def _fault_of_new_password() -> str | None:
    form = request.form
    wanted = form.get("new_password", "")
    if len(wanted) < MIN_PASSWORD_LENGTH:
        return f"The new password needs at least {MIN_PASSWORD_LENGTH} characters."
    if len(wanted) > MAX_PASSWORD_LENGTH:
        return f"The new password may have at most {MAX_PASSWORD_LENGTH} characters."
    if wanted != form.get("repeat_password", ""):
        return "The two new passwords differ."
    if wanted == form.get("current_password", ""):
        return "The new password must differ from the current one."
    return None


def _change_password(user: User, new_password: str) -> None:
    password_hash = current_services().checks.hash(new_password)
    with current_database().session() as work:
        set_password(work, user.id, password_hash)
        ended = revoke_others(work, user.id, current_sign_in().id, utc_now())
    current_services().connections.close(ended)
    if user.must_change_password:
        remove_first_password(Path(current_app.instance_path))
