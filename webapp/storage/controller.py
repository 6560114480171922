"""Who runs the cameras: asked once, for notices and records."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

from webapp.core.papers import Controller
from webapp.storage.audit import note
from webapp.storage.tables import Base, UtcDateTime

ONLY_ROW = 1


class ControllerRow(Base):
    """The only row of its table; see `core.papers.Controller`."""

    __tablename__ = "controller"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(Text)
    protection_contact: Mapped[str] = mapped_column(Text)
    ground: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[str] = mapped_column(String(64))


def find_controller(session: Session) -> Controller:
    """Return who runs the cameras; blank where nobody has said so yet."""
    row = session.get(ControllerRow, ONLY_ROW)
    if row is None:
        return Controller()
    return Controller(row.name, row.contact, row.protection_contact, row.ground)


def save_controller(session: Session, controller: Controller, author: str, now: datetime) -> None:
    """Say who runs the cameras from now on; noted if it is somebody else."""
    if controller == find_controller(session):
        return
    values = asdict(controller)
    session.merge(ControllerRow(id=ONLY_ROW, **values, updated_at=now, updated_by=author))
    note(session, author, "controller stated", values, now)
