"""Users whom a proxy names: made at first sight, without a password."""

from datetime import datetime

from sqlalchemy.orm import Session

from webapp.core.access import Role
from webapp.core.errors import SignInRefusedError
from webapp.core.proxy_headers import Identity
from webapp.storage.accounts import create_account, give_role
from webapp.storage.audit import BY_PROXY, SIGNED_IN, note
from webapp.storage.only_writer import be_only_writer
from webapp.storage.sign_ins import SignIn, find_proxy_sign_in, start_proxy_sign_in
from webapp.storage.tables import UserRow
from webapp.storage.users import User, find_user, user_by_id

NO_PASSWORD = ""


def proxy_sign_in(session: Session, identity: Identity, now: datetime) -> SignIn | None:
    """Return the sign-in of whom a proxy names; None where something is still to be written.

    Raises:
        SignInRefusedError: the user may not come in, or not in this way.
    """
    user = _allowed(find_user(session, identity.username))
    if user is None or identity.role not in (None, user.role):
        return None
    sign_in_id = find_proxy_sign_in(session, user.id, now)
    return SignIn(sign_in_id, user) if sign_in_id else None


def begin_proxy_sign_in(session: Session, identity: Identity, now: datetime) -> SignIn:
    """Make what is missing for the sign-in of whom a proxy names, and note it.

    Raises:
        SignInRefusedError: see `proxy_sign_in`.
    """
    be_only_writer(session, UserRow)
    if known := proxy_sign_in(session, identity, now):
        # Another request was faster.
        return known
    user = find_user(session, identity.username) or create_account(
        session,
        identity.username,
        NO_PASSWORD,
        BY_PROXY,
        now,
        role=identity.role or Role.VIEWER,
        must_change_password=False,
    )
    if identity.role not in (None, user.role):
        give_role(session, user, Role(identity.role), BY_PROXY, now)
        user = user_by_id(session, user.id)
    sign_in_id = find_proxy_sign_in(session, user.id, now)
    if sign_in_id is None:
        sign_in_id = start_proxy_sign_in(session, user.id, now)
        note(session, user.username, SIGNED_IN, {"through": "the proxy"}, now)
    return SignIn(sign_in_id, user)


def _allowed(user: User | None) -> User | None:
    if user and user.has_password:
        raise SignInRefusedError(
            f"The proxy says that you are {user.username}, and an account of this name has a "
            "password of its own. An admin can remove that account, or rename yours at the proxy."
        )
    if user and user.is_disabled:
        raise SignInRefusedError("This account is switched off. An admin can switch it on again.")
    return user
