"""The table of cameras."""

from datetime import datetime

from sqlalchemy import Float, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.storage.tables import Base, UtcDateTime


class CameraRow(Base):
    """One camera; see `core.camera_setup.CameraSetup`.

    `source` is sealed where `is_sealed`. `updated_by` is "" while it is as `CAMERAS` made it.
    `reads_since` is when it got its source, for which its purpose is stated. Of one that was
    removed name and title stay, for history and alerts, and its source is gone.
    """

    __tablename__ = "camera_setups"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(Text)
    is_sealed: Mapped[bool]
    turn_deg: Mapped[int]
    is_mirrored: Mapped[bool]
    mask: Mapped[str] = mapped_column(Text)
    detect_width: Mapped[int | None]
    most_fps: Mapped[float | None] = mapped_column(Float(53))
    privacy: Mapped[str] = mapped_column(String(10))
    viewers_see: Mapped[str] = mapped_column(String(10))
    min_group: Mapped[int]
    worker: Mapped[str] = mapped_column(String(40), server_default="")
    position: Mapped[int]
    is_enabled: Mapped[bool]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[str] = mapped_column(String(64))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reads_since: Mapped[datetime] = mapped_column(UtcDateTime)
