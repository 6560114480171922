"""The tables of what several workers share out among themselves."""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.storage.tables import Base, UtcDateTime


class LeaseRow(Base):
    """Who holds a camera or does a duty; see `core.leases.Lease`.

    `kind` is a `storage.leases.LeaseKind`. All times here are of the database's own clock.
    """

    __tablename__ = "leases"

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(32))
    token: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class WorkerRow(Base):
    """A worker, which lives while `until` lies ahead; see `core.leases.Worker`."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    until: Mapped[datetime] = mapped_column(UtcDateTime)
