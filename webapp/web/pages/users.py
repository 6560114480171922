"""The page of users: who may sign in, and where each is signed in."""

from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import Conflict, NotFound
from wtforms import BooleanField, StringField

from webapp.core.access import Permission
from webapp.core.errors import LastAdminError, NameTakenError
from webapp.storage.accounts import (
    Account,
    create_account,
    disable_account,
    enable_account,
    give_password,
    list_accounts,
    remove_account,
    sign_out_everywhere,
)
from webapp.storage.first_admin import forget_first_password
from webapp.storage.passwords import one_time_password
from webapp.storage.users import MAX_USERNAME_LENGTH, User
from webapp.web.access.guard import current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.pages.form_fields import PageForm, TextOf, one_line
from webapp.web.services import current_database, current_services, utc_now

bp = Blueprint("users", __name__, url_prefix="/admin/users")


class UserForm(PageForm):
    """Describes a new user; the password is made up."""

    username = StringField(
        "User name",
        filters=[one_line],
        validators=[TextOf(MAX_USERNAME_LENGTH, "a name, such as “mira”")],
    )
    is_admin = BooleanField("Admin: may also change cameras, rules, receivers and users")


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """List the users, with the form of a new one."""
    return _page(UserForm())


@bp.post("")
@needs(Permission.ADMINISTER)
def add() -> ResponseReturnValue:
    """Add a user and show the password that was made up, once."""
    form, password = UserForm(request.form), one_time_password()
    if not form.validate():
        return _page(form), 400
    password_hash = current_services().checks.hash(password)
    try:
        with current_database().session() as work:
            user = create_account(
                work,
                form.username.data,
                password_hash,
                _author(),
                utc_now(),
                is_admin=bool(form.is_admin.data),
                must_change_password=True,
            )
    except NameTakenError as error:
        form.username.errors = [str(error)]
        return _page(form), 409
    return _page(UserForm(), user, password)


@bp.post("/<int:user_id>/password")
@needs(Permission.ADMINISTER)
def new_password(user_id: int) -> ResponseReturnValue:
    """Give another user a password that is made up and shown once."""
    user, password = _other(user_id), one_time_password()
    password_hash = current_services().checks.hash(password)
    with current_database().session() as work:
        ended = give_password(work, user, password_hash, _author(), utc_now(), is_once=True)
    current_services().connections.close(ended)
    forget_first_password(Path(current_app.instance_path), user)
    return _page(UserForm(), user, password)


@bp.post("/<int:user_id>/sign-out")
@needs(Permission.ADMINISTER)
def sign_out(user_id: int) -> ResponseReturnValue:
    """End every sign-in of a user, but not the one that asks for it."""
    keep_id = current_sign_in().id

    def end(work: Session, user: User) -> set[int]:
        return sign_out_everywhere(work, user, _author(), utc_now(), keep_id)

    return _change(_find(user_id).user, end, "is signed out everywhere else")


@bp.post("/<int:user_id>/disable")
@needs(Permission.ADMINISTER)
def disable(user_id: int) -> ResponseReturnValue:
    """Let another user sign in no more."""

    def end(work: Session, user: User) -> set[int]:
        return disable_account(work, user, _author(), utc_now())

    return _change(_other(user_id), end, "is signed out and may not sign in any more")


@bp.post("/<int:user_id>/enable")
@needs(Permission.ADMINISTER)
def enable(user_id: int) -> ResponseReturnValue:
    """Let a user sign in again."""

    def begin(work: Session, user: User) -> set[int]:
        enable_account(work, user, _author(), utc_now())
        return set()

    return _change(_find(user_id).user, begin, "may sign in again, with the password of before")


@bp.post("/<int:user_id>/delete")
@needs(Permission.ADMINISTER)
def delete(user_id: int) -> ResponseReturnValue:
    """Remove another user."""

    def end(work: Session, user: User) -> set[int]:
        return remove_account(work, user, _author(), utc_now())

    return _change(_other(user_id), end, "is removed")


def _change(
    user: User, change: Callable[[Session, User], set[int]], words: str
) -> ResponseReturnValue:
    try:
        with current_database().session() as work:
            ended = change(work, user)
    except LastAdminError as error:
        raise Conflict(str(error)) from error
    current_services().connections.close(ended)
    flash(f"{user.username} {words}.", "users")
    return redirect(url_for("users.index"), code=303)


def _page(form: UserForm, user: User | None = None, password: str = "") -> str:
    """Return the page, with the one password that was just made up.

    It is in this answer alone: a redirect would carry it through a cookie.
    """
    return render_template(
        "users.html",
        form=form,
        accounts=_accounts(),
        own_sign_in=current_sign_in().id,
        with_password=user,
        password=password,
    )


def _accounts() -> list[Account]:
    with current_database().session() as work:
        return list_accounts(work, utc_now())


def _find(user_id: int) -> Account:
    for account in _accounts():
        if account.user.id == user_id:
            return account
    raise NotFound("There is no such user; he or she may have been removed.")


def _other(user_id: int) -> User:
    if user_id == current_sign_in().user.id:
        raise Conflict("This is your own account. Another admin can do this.")
    return _find(user_id).user


def _author() -> str:
    return current_sign_in().user.username
