"""What a process of the server says of itself, and what the web process knows of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from webapp.core.alert_rules import RuleKind


class Outcome(StrEnum):
    """What became of a try to deliver a message; `FAILED` is tried again, `GIVEN_UP` is not."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GIVEN_UP = "given_up"


@dataclass(frozen=True)
class ProcessUse:
    """What a process takes of the machine.

    Attributes:
        memory_bytes: that it holds now, 0 where the system does not say.
        cpu_s: of all its threads, since its start.
    """

    memory_bytes: int = 0
    cpu_s: float = 0.0


NO_USE = ProcessUse()


@dataclass(frozen=True)
class FiredAlerts:
    """How many alerts of a kind fired about a camera since the process started."""

    camera: str
    kind: RuleKind
    count: int


@dataclass(frozen=True)
class RecordWork:
    """What a process that watches alerts wrote, sent, and has still to write.

    Attributes:
        waiting_changes: of alerts, to be written.
        waiting_rows: of history, to be written.
        dropped_rows: of history that were given up, since the start.
        fired: since the start.
        deliveries: tries by `Outcome`, since the start.
        fenced: records that were dropped because another worker holds their camera by now.
    """

    waiting_changes: int = 0
    waiting_rows: int = 0
    dropped_rows: int = 0
    fired: tuple[FiredAlerts, ...] = ()
    deliveries: Mapping[str, int] = field(default_factory=dict)
    fenced: int = 0


@dataclass(frozen=True)
class JobWork:
    """The files that were handed in and are not read to their end."""

    waiting: int = 0
    running: int = 0


@dataclass(frozen=True)
class ProcessReport:
    """How a process is doing.

    Attributes:
        records: None where it watches no alerts.
        jobs: None where it reads no files.
    """

    use: ProcessUse = NO_USE
    records: RecordWork | None = None
    jobs: JobWork | None = None


NO_REPORT = ProcessReport()


@dataclass(frozen=True)
class ProcessStatus:
    """A process as the web process knows it.

    Attributes:
        name: as in the log.
        report: what it last said; None while it is away.
        restarts: how often it was started again, since the web process started.
    """

    name: str
    report: ProcessReport | None
    restarts: int = 0
