"""The table of receivers."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.storage.tables import Base, UtcDateTime


class ReceiverRow(Base):
    """One receiver of messages; see `core.receivers`.

    `key` says nothing of the address, which stands sealed in `address`. `rules` and `cameras` are
    JSON lists, None for all.
    """

    __tablename__ = "receivers"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    label: Mapped[str] = mapped_column(String(300))
    address: Mapped[str] = mapped_column(Text)
    rules: Mapped[str | None] = mapped_column(Text)
    cameras: Mapped[str | None] = mapped_column(Text)
    schedule: Mapped[str] = mapped_column(Text)
    is_enabled: Mapped[bool]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[str] = mapped_column(String(64))
