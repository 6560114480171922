"""The tables of history: one form, three resolutions."""

from sqlalchemy import BigInteger, Float, ForeignKey, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.core.scales import MEAN_PROBABILITY
from webapp.storage.tables import Base


class CameraRow(Base):
    """A camera that history or alerts speak of; kept when it is no longer configured."""

    __tablename__ = "cameras"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)


class ClassListRow(Base):
    """What the counts of a row stand for: names as a JSON list."""

    __tablename__ = "class_lists"

    id: Mapped[int] = mapped_column(primary_key=True)
    names: Mapped[str] = mapped_column(String(2000), unique=True)


class HistoryColumns(Base):
    """One camera over one span; see `core.history.HistoryRow`.

    `counts_mean` holds little-endian float32, one per class of the list. `scale` is of the
    indicator, see `core.scales`; rows from before there were two are of the first.
    """

    __abstract__ = True
    LENGTH_S: int

    camera_id: Mapped[int] = mapped_column(ForeignKey("cameras.id"), primary_key=True)
    start_s: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    data_s: Mapped[float] = mapped_column(Float(24))
    faces_s: Mapped[float] = mapped_column(Float(24))
    faces_mean: Mapped[float] = mapped_column(Float(24))
    faces_max: Mapped[int] = mapped_column(SmallInteger)
    class_list_id: Mapped[int] = mapped_column(ForeignKey("class_lists.id"))
    counts_mean: Mapped[bytes] = mapped_column(LargeBinary)
    indicator_mean: Mapped[float] = mapped_column(Float(24))
    indicator_max: Mapped[float] = mapped_column(Float(24))
    scale: Mapped[int] = mapped_column(SmallInteger, server_default=str(MEAN_PROBABILITY))


class TenSecondsRow(HistoryColumns):
    """Ten seconds."""

    __tablename__ = "history_10s"
    # The key is the table: half the size, and a range is read in order.
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012
    LENGTH_S = 10


class MinuteRow(HistoryColumns):
    """A minute."""

    __tablename__ = "history_60s"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012
    LENGTH_S = 60


class HourRow(HistoryColumns):
    """An hour."""

    __tablename__ = "history_3600s"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012
    LENGTH_S = 3600


RESOLUTIONS: tuple[type[TenSecondsRow] | type[MinuteRow] | type[HourRow], ...] = (
    TenSecondsRow,
    MinuteRow,
    HourRow,
)
