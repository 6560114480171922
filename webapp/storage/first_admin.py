"""The account that a new installation starts with."""

from datetime import datetime
from pathlib import Path

from webapp.core.access import Role
from webapp.core.errors import ConfigError
from webapp.storage.database import Database
from webapp.storage.passwords import PasswordVault, one_time_password, password_fault
from webapp.storage.secret_files import remove_first_password, write_first_password
from webapp.storage.users import User, add_user, find_user, has_admin

FIRST_ADMIN = "admin"


def ensure_first_admin(
    database: Database,
    instance_dir: Path,
    admin_password: str | None,
    now: datetime,
) -> bool:
    """Make the user `admin` when there is no admin; returns whether it did.

    A given password is used once and never applied again. Without one a password is made up and
    left in the instance folder; it must be changed at the first sign-in.

    Raises:
        ConfigError: the name is taken by somebody who is no admin, or `password_fault` has
            something against the given password, whether it is used or not.
        StorageError: the database or the instance folder cannot be used.
    """
    fault = password_fault(admin_password, FIRST_ADMIN) if admin_password else None
    if fault:
        raise ConfigError(f"ADMIN_PASSWORD: the password {fault}.")
    with database.session() as session:
        if has_admin(session):
            return False
        if find_user(session, FIRST_ADMIN):
            raise ConfigError(
                f"there is no admin, and a user {FIRST_ADMIN} who is none. Make one: "
                "python -m webapp user add NAME --role admin"
            )
    password = admin_password or one_time_password()
    password_hash = PasswordVault().hash(password)
    is_generated = not admin_password
    if is_generated:
        write_first_password(instance_dir, password)
    with database.session() as session:
        add_user(
            session,
            FIRST_ADMIN,
            password_hash,
            now,
            role=Role.ADMIN,
            must_change_password=is_generated,
        )
    return True


def forget_first_password(instance_dir: Path, user: User) -> None:
    """Remove the generated password if it was this user's, who has another one now.

    Raises:
        StorageError: the instance folder cannot be used.
    """
    if user.username == FIRST_ADMIN:
        remove_first_password(instance_dir)
