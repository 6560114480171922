"""A second factor: codes of a phone (TOTP, RFC 6238), each accepted once, and recovery codes."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from hmac import compare_digest

import pyotp
from sqlalchemy import CursorResult, ForeignKey, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.storage.audit import RECOVERY_CODE_USED, note
from webapp.storage.sealing import Sealer
from webapp.storage.tables import Base, UserRow
from webapp.storage.users import User

STEP_S = 30
# A phone's clock, and who types slowly: the code before and the one after are good, too.
STEPS_AROUND = (0, -1, 1)
RECOVERY_CODES = 10
# No letter that is taken for another, or for a digit; 79 bits, so that a hash gives none away.
LETTERS, GROUPS, GROUP_LENGTH = "abcdefghjkmnpqrstuvwxyz23456789", 4, 4


class RecoveryCodeRow(Base):
    """A recovery code that is left; one that was used is gone."""

    __tablename__ = "recovery_codes"

    code_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)


def new_key() -> str:
    """Make up a key, as authenticator apps take it: 32 letters of base32."""
    return pyotp.random_base32()


def key_uri(key: str, username: str) -> str:
    """Return what an authenticator app reads from a picture."""
    return pyotp.TOTP(key, interval=STEP_S).provisioning_uri(name=username, issuer_name="Evenkeel")


def step_of(key: str, code: str, now: datetime) -> int | None:
    """Return for which step of time a code is the key's; None where it is none of now."""
    if not code.isascii():
        return None
    totp, step = pyotp.TOTP(key, interval=STEP_S), int(now.timestamp()) // STEP_S
    for around in STEPS_AROUND:
        if compare_digest(totp.generate_otp(step + around), code):
            return step + around
    return None


def add_second_factor(
    session: Session, user: User, key: str, step: int, sealer: Sealer, now: datetime
) -> Sequence[str]:
    """Ask for codes of this key from now on.

    Args:
        step: of the code that showed that the user has the key; it is used up.

    Returns:
        The recovery codes, which are stored nowhere.
    """
    sealed = sealer.seal(key, _purpose(user))
    values = {"totp_key": sealed, "totp_step": step}
    session.execute(update(UserRow).where(UserRow.id == user.id).values(values))
    note(session, user.username, "second factor added", {"user": user.username}, now)
    return _make_recovery_codes(session, user)


def accept_code(session: Session, user: User, code: str, sealer: Sealer, now: datetime) -> bool:
    """Use a code up, one of now or a recovery code; returns whether it was good.

    Raises:
        SealError: the key cannot be read any more; recovery codes are still good.
    """
    plain = "".join(code.split()).replace("-", "").casefold()
    if not plain.isdecimal():
        return _use_recovery_code(session, user, plain, now)
    sealed = session.scalar(select(UserRow.totp_key).where(UserRow.id == user.id))
    step = step_of(sealer.open(sealed, _purpose(user)), plain, now) if sealed else None
    if step is None:
        return False
    is_newer = update(UserRow).where(UserRow.id == user.id, UserRow.totp_step < step)
    return _rows(session.execute(is_newer.values(totp_step=step))) == 1


def renew_recovery_codes(session: Session, user: User, now: datetime) -> Sequence[str]:
    """Make new recovery codes in place of those that are left, and return them."""
    note(session, user.username, "recovery codes renewed", {"user": user.username}, now)
    return _make_recovery_codes(session, user)


def remove_second_factor(session: Session, user: User, author: str, now: datetime) -> None:
    """Ask a user for the password alone again; without a second factor nothing changes."""
    if not user.has_second_factor:
        return
    values = {"totp_key": None, "totp_step": 0}
    session.execute(update(UserRow).where(UserRow.id == user.id).values(values))
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user.id))
    note(session, author, "second factor removed", {"user": user.username}, now)


def count_recovery_codes(session: Session, user_id: int) -> int:
    """Return how many are left."""
    query = select(func.count()).where(RecoveryCodeRow.user_id == user_id)
    return session.scalar(query) or 0


def _make_recovery_codes(session: Session, user: User) -> Sequence[str]:
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user.id))
    codes = [
        "".join(secrets.choice(LETTERS) for _ in range(GROUPS * GROUP_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    rows = (RecoveryCodeRow(code_sha256=_digest(user, code), user_id=user.id) for code in codes)
    session.add_all(rows)
    return [
        "-".join(code[at : at + GROUP_LENGTH] for at in range(0, len(code), GROUP_LENGTH))
        for code in codes
    ]


def _use_recovery_code(session: Session, user: User, plain: str, now: datetime) -> bool:
    is_it = RecoveryCodeRow.code_sha256 == _digest(user, plain)
    if not _rows(session.execute(delete(RecoveryCodeRow).where(is_it))):
        return False
    left = count_recovery_codes(session, user.id)
    note(session, user.username, RECOVERY_CODE_USED, {"left": left}, now)
    return True


def _rows(done: object) -> int:
    assert isinstance(done, CursorResult)
    return done.rowcount


def _digest(user: User, plain: str) -> str:
    return hashlib.sha256(f"{user.id}:{plain}".encode("utf-8", "surrogatepass")).hexdigest()


def _purpose(user: User) -> str:
    return f"second factor of {user.id}"
