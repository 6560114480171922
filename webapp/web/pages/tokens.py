"""The page of API tokens: made for a user, shown once, and revoked.

Admins alone make them: a token outlasts every sign-in and is asked for no second factor.
"""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput

from webapp.core.access import Permission
from webapp.core.api_tokens import (
    MOST_DAYS,
    MOST_NAME_CHARACTERS,
    SCOPE_WORDS,
    TokenScope,
    scopes_beyond,
)
from webapp.storage.accounts import list_accounts
from webapp.storage.api_tokens import list_tokens, make_token, revoke_token
from webapp.storage.users import User
from webapp.web.access.guard import current_sign_in
from webapp.web.access.permissions import needs
from webapp.web.pages.form_fields import NumberField, NumberIn, PageForm, TextOf, one_line
from webapp.web.services import current_database, utc_now

DEFAULT_DAYS = 90
bp = Blueprint("tokens", __name__, url_prefix="/admin/tokens")


class TokenForm(PageForm):
    """Describes a new token."""

    name = StringField(
        "Name",
        filters=[one_line],
        validators=[TextOf(MOST_NAME_CHARACTERS, "a name, such as “Prometheus”")],
    )
    owner = SelectField("Owner", validate_choice=False)
    scopes = SelectMultipleField(
        "It may read or do",
        choices={scope.value: f"{scope}: {words}" for scope, words in SCOPE_WORDS.items()},
        validate_choice=False,
        option_widget=CheckboxInput(),
    )
    days = NumberField(
        "Ends in days", default=DEFAULT_DAYS, validators=[NumberIn(1, MOST_DAYS, is_whole=True)]
    )

    def __init__(self, formdata: MultiDict[str, str] | None, owners: Mapping[str, User]) -> None:
        """Fill in what was sent, and offer owners by id."""
        super().__init__(formdata)
        self._owners = owners
        self.owner.choices = [(key, f"{u.username} ({u.role})") for key, u in owners.items()]

    def validate_owner(self, field: SelectField) -> None:
        """Reject a user that there is not, or who is disabled."""
        if field.data not in self._owners:
            raise ValidationError("Expected a user from the list.")

    def validate_scopes(self, field: SelectMultipleField) -> None:
        """Reject none, and what its owner may not do."""
        if not field.data or not set(field.data) <= set(TokenScope):
            raise ValidationError("Expected at least one from the list.")
        if owner := self._owners.get(self.owner.data):
            beyond = scopes_beyond(owner.role, [*map(TokenScope, field.data)])
            if beyond:
                raise ValidationError(
                    f"{owner.username} is a {owner.role}, who may not use: {', '.join(beyond)}."
                )


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """List the tokens, with the form of a new one."""
    return _page(TokenForm(None, _owners()))


@bp.post("")
@needs(Permission.ADMINISTER)
def add() -> ResponseReturnValue:
    """Make a token and show it, once: in this answer alone."""
    owners = _owners()
    form = TokenForm(request.form, owners)
    if not form.validate():
        return _page(form), 400
    with current_database().session() as work:
        token = make_token(
            work,
            form.name.data,
            owners[form.owner.data],
            frozenset(map(TokenScope, form.scopes.data)),
            int(form.days.data),
            _author(),
            utc_now(),
        )
    return _page(TokenForm(None, owners), form.name.data, token)


@bp.post("/<int:token_id>/revoke")
@needs(Permission.ADMINISTER)
def revoke(token_id: int) -> ResponseReturnValue:
    """End a token; streams that it opened end within a second."""
    try:
        with current_database().session() as work:
            name = revoke_token(work, token_id, _author(), utc_now())
    except KeyError:
        raise NotFound("There is no such API token; its owner may have been removed.") from None
    flash(f"“{name}” is revoked and opens nothing any more.", "tokens")
    return redirect(url_for("tokens.index"), code=303)


def _page(form: TokenForm, name: str = "", token: str = "") -> str:
    now = utc_now()
    with current_database().session() as work:
        tokens = list_tokens(work)
    return render_template(
        "tokens.html",
        form=form,
        good=[each for each in tokens if not each.fault(now)],
        over=[each for each in tokens if each.fault(now)],
        name=name,
        token=token,
        example=request.host_url.rstrip("/") + url_for("cameras_api.list_as_json"),
    )


def _owners() -> dict[str, User]:
    with current_database().session() as work:
        accounts = list_accounts(work, utc_now())
    return {str(each.user.id): each.user for each in accounts if not each.disabled_at}


def _author() -> str:
    return current_sign_in().user.username
