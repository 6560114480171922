"""The page of a group of users: its members, and the cameras that they see."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.core.access import Permission
from webapp.core.errors import NameTakenError
from webapp.storage.accounts import list_accounts
from webapp.storage.cameras import camera_titles as stored_titles
from webapp.storage.groups import Group, list_groups, remove_group, save_group
from webapp.web.access.guard import current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.pages.access_forms import GroupForm, camera_values
from webapp.web.services import current_database, utc_now

NO_GROUP = "There is no such group; it may have been removed."
bp = Blueprint("groups", __name__, url_prefix="/admin/users/groups")


@bp.route("/add", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def add() -> ResponseReturnValue:
    """Show the form of a new group, or add the one it describes."""
    return _edit(None)


@bp.route("/<int:group_id>", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def edit(group_id: int) -> ResponseReturnValue:
    """Show a group, or change it; what its members have open follows by itself."""
    with current_database().session() as work:
        found = next((each for each in list_groups(work) if each.id == group_id), None)
    if found is None:
        raise NotFound(NO_GROUP)
    return _edit(found)


@bp.post("/<int:group_id>/delete")
@needs(Permission.ADMINISTER)
def delete(group_id: int) -> ResponseReturnValue:
    """Remove a group; its members stay."""
    try:
        with current_database().session() as work:
            name = remove_group(work, group_id, current_sign_in().user.username, utc_now())
    except KeyError:
        raise NotFound(NO_GROUP) from None
    flash(f"The group {name} is removed.", "users")
    return redirect(url_for("users.index"), code=303)


def _edit(group: Group | None) -> ResponseReturnValue:
    form = _form(group)
    if request.method != "POST":
        return render_template("group.html", group=group, form=form)
    if not form.validate():
        return render_template("group.html", group=group, form=form), 400
    author, members = current_sign_in().user.username, form.members.data or []
    group_id = group.id if group else None
    try:
        with current_database().session() as work:
            save_group(work, form.name.data, form.seen, members, author, utc_now(), group_id)
    except NameTakenError as error:
        form.name.errors = [str(error)]
        return render_template("group.html", group=group, form=form), 409
    except KeyError:
        raise NotFound(NO_GROUP) from None
    flash(f"The group {form.name.data} is saved.", "users")
    return redirect(url_for("users.index"), code=303)


def _form(group: Group | None) -> GroupForm:
    with current_database().session() as work:
        titles, accounts = stored_titles(work), list_accounts(work, utc_now())
    values = {"name": group.name, "members": sorted(group.members)} if group else {}
    values |= camera_values(group.cameras if group else frozenset())
    form = GroupForm(request.form or None, titles, values)
    form.offer({account.user.id: account.user.username for account in accounts})
    return form
