"""Sign-in, sign-out and the password page."""

import time
from pathlib import Path

from flask import (
    Blueprint,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound, TooManyRequests
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, ValidationError

from webapp.core.errors import BusyError
from webapp.storage.audit import (
    PASSWORD_FAILED,
    SIGN_IN_FAILED,
    UNKNOWN_USER,
    note,
)
from webapp.storage.first_admin import forget_first_password
from webapp.storage.passwords import MIN_PASSWORD_LENGTH, one_form, password_fault
from webapp.storage.sign_ins import revoke_others
from webapp.storage.users import User, find_user, set_password
from webapp.web.access.forms import sign_in_fault
from webapp.web.access.guard import current_sign_in
from webapp.web.access.known_browsers import known_browser, remember_browser
from webapp.web.access.permissions import Audience, needs
from webapp.web.access.redirects import safe_target
from webapp.web.access.signing_in import end, start
from webapp.web.negotiation import asks_for_page
from webapp.web.pages.form_fields import PageForm
from webapp.web.pages.second_factor import ask_for_code
from webapp.web.services import RETRY_AFTER_S, current_database, current_services, utc_now

WRONG_LOGIN = "This user name and password do not belong together."
DISABLED = "This account is switched off. An admin can switch it on again."
# Why a password may not be checked now.
NOT_NOW = (TooManyRequests, BusyError)
bp = Blueprint("auth", __name__)


class SignInForm(PageForm):
    """Asks who it is."""

    username = StringField("User name", default="")
    password = PasswordField("Password", default="")


class PasswordForm(PageForm):
    """Asks for a new password; the current one is checked last, because that takes long."""

    current_password = PasswordField("Current password", default="")
    new_password = PasswordField(
        f"New password, at least {MIN_PASSWORD_LENGTH} characters", filters=[one_form], default=""
    )
    repeat_password = PasswordField(
        "New password, again",
        [EqualTo("new_password", "The two new passwords differ.")],
        filters=[one_form],
        default="",
    )

    def validate_new_password(self, field: PasswordField) -> None:
        """Reject one that is too short, too long, easy to guess, or not new."""
        fault = password_fault(field.data, current_sign_in().user.username)
        if fault:
            raise ValidationError(f"The new password {fault}.")
        if field.data == one_form(self.current_password.data):
            raise ValidationError("The new password must differ from the current one.")


@bp.route("/login", methods=["GET", "POST"])
@needs(Audience.EVERYBODY)
def login() -> ResponseReturnValue:
    """Show the sign-in form, or sign in with what it sends."""
    target = safe_target(request.values.get("next"), url_for("dashboard.index"))
    if target.startswith(url_for("auth.logout")):
        target = url_for("dashboard.index")
    if request.method != "POST":
        if g.sign_in:
            return redirect(target, code=303)
        refused = g.get("refused")
        return render_template("login.html", form=SignInForm(), error=refused, next=target)
    form = SignInForm(request.form)
    fault = sign_in_fault()
    if fault:
        return render_template("login.html", form=form, error=fault, next=target), 400
    try:
        user = _verified_user(form.username.data, form.password.data, SIGN_IN_FAILED)
    except NOT_NOW as error:
        words, code, headers = _not_now(error)
        return render_template("login.html", form=form, error=words, next=target), code, headers
    if user is None:
        return render_template("login.html", form=form, error=WRONG_LOGIN, next=target), 401
    if user.is_disabled:
        with current_database().session() as work:
            note(work, user.username, SIGN_IN_FAILED, {"because": "switched off"}, utc_now())
        return render_template("login.html", form=form, error=DISABLED, next=target), 403
    if user.has_second_factor:
        return ask_for_code(user, target)
    start(user)
    answer = make_response(redirect(target, code=303))
    remember_browser(answer, user)
    return answer


@bp.route("/logout", methods=["GET", "POST"])
@needs(Audience.PASSWORD_DUE)
def logout() -> ResponseReturnValue:
    """Ask before signing out, because a link on another site could lead here; then do it."""
    if request.method != "POST":
        return render_template("logout.html")
    end()
    return redirect(url_for("auth.login"), code=303)


@bp.route("/password", methods=["GET", "POST"])
@needs(Audience.PASSWORD_DUE)
def password() -> ResponseReturnValue:
    """Show the form for a new password, or set the one it sends."""
    form, user = PasswordForm(request.form), current_sign_in().user
    if not user.has_password:
        raise NotFound("The proxy in front of Evenkeel signs you in; you have no password here.")
    if request.method != "POST":
        return _password_page(form)
    if not form.validate():
        return _password_page(form), 400
    try:
        is_right = _verified_user(user.username, form.current_password.data, PASSWORD_FAILED)
    except NOT_NOW as error:
        words, code, headers = _not_now(error)
        form.current_password.errors.append(words)
        return _password_page(form), code, headers
    if not is_right:
        form.current_password.errors.append("The current password is not right.")
        return _password_page(form), 400
    _change_password(user, form.new_password.data)
    return redirect(url_for("dashboard.index"), code=303)


def _verified_user(username: str, given: str, failure: str) -> User | None:
    """Return the user whose password it is; else None, with the failure in the audit log."""
    with current_database().session() as work:
        user = find_user(work, username)
    address = request.remote_addr or ""
    checks, browser = current_services().checks, known_browser(user)
    if checks.verify(username, address, user, given, browser):
        return user
    name = user.username if user else UNKNOWN_USER
    times = checks.failures.add(name, time.monotonic())
    if times:
        with current_database().session() as work:
            note(work, name, failure, {"attempts": times} if times > 1 else {}, utc_now())
    return None


def _not_now(error: TooManyRequests | BusyError) -> tuple[str, int, dict[str, str]]:
    """Return why a password is not checked now, for the form that asked; programs get the error."""
    if not asks_for_page():
        raise error
    if isinstance(error, BusyError):
        return str(error), 503, {"Retry-After": str(RETRY_AFTER_S)}
    return error.description or "", 429, dict(error.get_headers())


def _password_page(form: PasswordForm) -> str:
    must_change = current_sign_in().user.must_change_password
    return render_template(
        "password.html", form=form, must_change=must_change, least_length=MIN_PASSWORD_LENGTH
    )


def _change_password(user: User, new_password: str) -> None:
    password_hash = current_services().checks.hash(new_password)
    with current_database().session() as work:
        set_password(work, user.id, password_hash)
        ended = revoke_others(work, user.id, current_sign_in().id, utc_now())
        note(work, user.username, "password changed", {"sign-ins ended": len(ended)}, utc_now())
    current_services().connections.close(ended)
    forget_first_password(Path(current_app.instance_path), user)
