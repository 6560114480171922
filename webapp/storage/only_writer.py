"""How a transaction keeps other writers of a table waiting, where it decides by what it reads."""

from sqlalchemy import delete, false, text
from sqlalchemy.orm import Session

from webapp.storage.tables import Base


def be_only_writer(session: Session, table: type[Base]) -> None:
    """Be the only writer of a table until the transaction ends; reading goes on."""
    if session.connection().dialect.name == "sqlite":
        # Any DELETE takes the file's only write lock, also one that removes nothing.
        session.execute(delete(table).where(false()))
    else:
        name = table.__tablename__
        session.execute(text(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE"))
