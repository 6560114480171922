"""The second factor: asked for after the password, and set up by its user."""

import hashlib
import time
from collections.abc import Sequence

import segno
from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.exceptions import NotFound, TooManyRequests
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField

from webapp.core.errors import SealError
from webapp.storage.audit import SIGN_IN_FAILED, note
from webapp.storage.second_factor import (
    accept_code,
    add_second_factor,
    count_recovery_codes,
    key_uri,
    new_key,
    remove_second_factor,
    renew_recovery_codes,
    step_of,
)
from webapp.storage.sign_ins import revoke_others
from webapp.storage.users import User, find_user
from webapp.web.access.due import due_of
from webapp.web.access.guard import current_sign_in
from webapp.web.access.known_browsers import remember_browser
from webapp.web.access.permissions import Audience, needs
from webapp.web.access.redirects import safe_target
from webapp.web.access.signing_in import start
from webapp.web.pages.form_fields import PageForm
from webapp.web.services import current_database, current_services, utc_now

HALF = "signing_in"
HALF_LASTS_S = 300
WRONG = "This code is not right, or was used before. Take the one that is shown now."
UNREADABLE = (
    "Codes cannot be checked any more, since SECRET_KEY is another one. Use a recovery code, or "
    "have an admin remove your second factor."
)
bp = Blueprint("second_factor", __name__)


class CodeForm(PageForm):
    """Asks for a code."""

    code = StringField("Code", default="")
    key = HiddenField(default="")


def ask_for_code(user: User, target: str) -> Response:
    """Send who gave the right password to the page that asks for the code."""
    cookie[HALF] = [user.username, int(time.time()), _mark(user)]
    return redirect(url_for("second_factor.sign_in", next=target), code=303)


@bp.route("/login/code", methods=["GET", "POST"])
@needs(Audience.EVERYBODY)
def sign_in() -> ResponseReturnValue:
    """Show the form for the code, or sign in with the one it sends."""
    target = safe_target(request.values.get("next"), url_for("dashboard.index"))
    user, form = _half_signed_in(), CodeForm(request.form)
    if user is None:
        return redirect(url_for("auth.login", next=target), code=303)
    if request.method != "POST":
        return render_template("code.html", form=form, next=target)
    fault, status = _fault_of(user, form.code.data)
    if fault:
        if status == 401:
            _note_failure(user)
        return render_template("code.html", form=form, next=target, error=fault), status
    start(user)
    answer = make_response(redirect(target, code=303))
    remember_browser(answer, user)
    return answer


@bp.get("/second-factor")
@needs(Audience.PASSWORD_DUE)
def page() -> ResponseReturnValue:
    """Show how the second factor stands, with a new key where there is none."""
    return _page(_user(), CodeForm())


@bp.post("/second-factor")
@needs(Audience.PASSWORD_DUE)
def add() -> ResponseReturnValue:
    """Ask for codes of the key from now on, once the user has shown one of them."""
    user, form, now = _user(), CodeForm(request.form), utc_now()
    if user.has_second_factor:
        # A page from before it was switched on has a key, too, and no code of the one that counts.
        return _page(user, CodeForm(), "You have a second factor; remove it before a new one."), 409
    sealer = current_services().sealer
    try:
        key = sealer.open(form.key.data, _purpose(user))
    except SealError:
        return _page(user, CodeForm(), "This page is too old; take the key that is shown now."), 400
    step = step_of(key, "".join(form.code.data.split()), now)
    if step is None:
        return _page(user, form, WRONG), 400
    with current_database().session() as work:
        codes = add_second_factor(work, user, key, step, sealer, now)
        # Whoever came in by the password alone has to come again.
        ended = revoke_others(work, user.id, current_sign_in().id, now)
    current_services().connections.close(ended)
    return _codes_page(codes)


@bp.post("/second-factor/codes")
@needs(Audience.PASSWORD_DUE)
def renew() -> ResponseReturnValue:
    """Make new recovery codes in place of the old ones."""
    user = _user()
    fault, status = _fault_of(user, CodeForm(request.form).code.data)
    if fault:
        return _page(user, CodeForm(), fault), status
    with current_database().session() as work:
        codes = renew_recovery_codes(work, user, utc_now())
    return _codes_page(codes)


@bp.post("/second-factor/remove")
@needs(Audience.PASSWORD_DUE)
def remove() -> ResponseReturnValue:
    """Ask for the password alone from now on."""
    user = _user()
    fault, status = _fault_of(user, CodeForm(request.form).code.data)
    if fault:
        return _page(user, CodeForm(), fault), status
    with current_database().session() as work:
        remove_second_factor(work, user, user.username, utc_now())
    flash("The second factor is removed; the password alone signs you in.", "second factor")
    return redirect(url_for("second_factor.page"), code=303)


def _half_signed_in() -> User | None:
    """Return who gave the right password a moment ago, unless it is another one since."""
    try:
        username, at_s, mark = cookie.get(HALF, ())
    except ValueError:
        return None
    if not 0 <= time.time() - at_s <= HALF_LASTS_S:
        return None
    with current_database().session() as work:
        user = find_user(work, username)
    is_same = user and user.has_second_factor and not user.is_disabled and _mark(user) == mark
    return user if is_same else None


def _mark(user: User) -> str:
    return hashlib.sha256(user.password_hash.encode()).hexdigest()[:16]


def _fault_of(user: User, code: str) -> tuple[str, int]:
    """Use a code up; returns what is wrong with it, or "", and the status to say so with."""
    services = current_services()
    try:
        services.checks.count_code(user.id)
        with current_database().session() as work:
            is_good = accept_code(work, user, code, services.sealer, utc_now())
    except TooManyRequests as error:
        return error.description or "", 429
    except SealError:
        return UNREADABLE, 409
    if not is_good:
        return WRONG, 401
    services.checks.forget_codes(user.id)
    return "", 200


def _note_failure(user: User) -> None:
    times = current_services().checks.failures.add(user.username, time.monotonic())
    if times:
        details = {"because": "wrong code"} | ({"attempts": times} if times > 1 else {})
        with current_database().session() as work:
            note(work, user.username, SIGN_IN_FAILED, details, utc_now())


def _page(user: User, form: CodeForm, fault: str = "") -> str:
    if user.has_second_factor:
        with current_database().session() as work:
            left = count_recovery_codes(work, user.id)
        return render_template("second_factor.html", form=form, fault=fault, left=left)
    sealer = current_services().sealer
    try:
        # One that was sent with a wrong code is in the phone already.
        key = sealer.open(form.key.data, _purpose(user))
    except SealError:
        key = new_key()
    uri = key_uri(key, user.username)
    # Black on white also on dark pages: phones read nothing else.
    picture = segno.make_qr(uri, error="m").svg_inline(scale=4, dark="#000", light="#fff")
    return render_template(
        "second_factor.html",
        form=form,
        fault=fault,
        uri=uri,
        picture=Markup(picture),
        key=" ".join(key[at : at + 4] for at in range(0, len(key), 4)),
        sealed_key=sealer.seal(key, _purpose(user)),
        is_due=due_of(user) is not None,
    )


def _codes_page(codes: Sequence[str]) -> str:
    """Show recovery codes, in this answer alone."""
    return render_template("second_factor.html", form=CodeForm(), codes=codes, left=len(codes))


def _user() -> User:
    user = current_sign_in().user
    if not user.has_password:
        raise NotFound(
            "The proxy in front of Evenkeel signs you in, and asks for what it asks for."
        )
    return user


def _purpose(user: User) -> str:
    return f"second factor to be of {user.id}"
