"""The page of users: who may sign in, and where each is signed in."""

from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import Conflict, NotFound

from webapp.core.access import Permission, Role
from webapp.core.errors import LastAdminError, NameTakenError
from webapp.core.proxy_headers import ProxyHeaders
from webapp.storage.accounts import (
    Account,
    create_account,
    disable_account,
    enable_account,
    give_password,
    give_role,
    limit_cameras,
    list_accounts,
    remove_account,
    sign_out_everywhere,
)
from webapp.storage.camera_access import own_cameras
from webapp.storage.cameras import camera_titles as stored_titles
from webapp.storage.first_admin import forget_first_password
from webapp.storage.groups import Group, list_groups
from webapp.storage.passwords import one_time_password
from webapp.storage.second_factor import remove_second_factor
from webapp.storage.users import User
from webapp.web.access.guard import current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.access.security import IDENTITY_HEADERS
from webapp.web.pages.access_forms import NewUserForm, UserAccessForm, camera_values
from webapp.web.services import current_database, current_services, utc_now

bp = Blueprint("users", __name__, url_prefix="/admin/users")


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """List the users, with the form of a new one."""
    return _page(NewUserForm())


@bp.post("")
@needs(Permission.ADMINISTER)
def add() -> ResponseReturnValue:
    """Add a user and show the password that was made up, once."""
    form, password = NewUserForm(request.form), one_time_password()
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
                role=Role(form.role.data),
                must_change_password=True,
            )
    except NameTakenError as error:
        form.username.errors = [str(error)]
        return _page(form), 409
    return _page(NewUserForm(), user, password)


@bp.post("/<int:user_id>/password")
@needs(Permission.ADMINISTER)
def new_password(user_id: int) -> ResponseReturnValue:
    """Give another user a password that is made up and shown once."""
    user, password = _other(user_id), one_time_password()
    if not user.has_password:
        raise Conflict("The proxy signs this user in, who has no password here.")
    password_hash = current_services().checks.hash(password)
    with current_database().session() as work:
        ended = give_password(work, user, password_hash, _author(), utc_now(), is_once=True)
    current_services().connections.close(ended)
    forget_first_password(Path(current_app.instance_path), user)
    return _page(NewUserForm(), user, password)


@bp.post("/<int:user_id>/second-factor/remove")
@needs(Permission.ADMINISTER)
def forget_second_factor(user_id: int) -> ResponseReturnValue:
    """Let another user, who has lost it, sign in without the second factor."""

    def forget(work: Session, user: User) -> set[int]:
        remove_second_factor(work, user, _author(), utc_now())
        return set()

    return _change(_other(user_id), forget, "signs in with the password alone")


@bp.post("/<int:user_id>/sign-out")
@needs(Permission.ADMINISTER)
def sign_out(user_id: int) -> ResponseReturnValue:
    """End every sign-in of a user, but not the one that asks for it."""
    keep_id = current_sign_in().id

    def end(work: Session, user: User) -> set[int]:
        return sign_out_everywhere(work, user, _author(), utc_now(), keep_id)

    return _change(_find(user_id).user, end, "is signed out everywhere else")


@bp.route("/<int:user_id>", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def edit(user_id: int) -> ResponseReturnValue:
    """Show what a user is and sees, or change it; what is open follows by itself."""
    user = _find(user_id).user
    with current_database().session() as work:
        titles, own = stored_titles(work), own_cameras(work, user_id)
    form = UserAccessForm(request.form or None, titles, camera_values(own) | {"role": user.role})
    if request.method != "POST":
        return _access_page(user, form)
    if not form.validate():
        return _access_page(user, form), 400
    role = Role(form.role.data)
    if role != user.role and _is_given_by_proxy(user):
        form.role.errors = ["The proxy says the role of this user; change it there."]
        return _access_page(user, form), 409
    if role != user.role:
        _other(user_id)
    try:
        _save_access(user, role, form.seen, own)
    except LastAdminError as error:
        form.role.errors = [str(error)]
        return _access_page(user, form), 409
    flash(f"What {user.username} may do and see is saved.", "users")
    return redirect(url_for("users.index"), code=303)


def _save_access(
    user: User, role: Role, seen: frozenset[str] | None, before: frozenset[str] | None
) -> None:
    """Change and note what is new alone."""
    author, now = _author(), utc_now()
    with current_database().session() as work:
        if role != user.role:
            give_role(work, user, role, author, now)
        if seen != before:
            limit_cameras(work, user, seen, author, now)


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


def _page(form: NewUserForm, user: User | None = None, password: str = "") -> str:
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
        groups=_groups(),
    )


def _access_page(user: User, form: UserAccessForm) -> str:
    groups = [group for group in _groups() if user.id in group.members]
    is_own = user.id == current_sign_in().user.id
    return render_template("user.html", user=user, form=form, groups=groups, is_own=is_own)


def _is_given_by_proxy(user: User) -> bool:
    headers: ProxyHeaders | None = current_app.config[IDENTITY_HEADERS]
    return bool(headers and headers.role) and not user.has_password


def _groups() -> list[Group]:
    with current_database().session() as work:
        return list_groups(work)


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
