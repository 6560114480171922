"""The chain of the audit log: each entry's hash holds that of the entry before."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

# What stands before the first entry of all.
GENESIS = "0" * 64
# The entry in which a purge notes its checkpoint.
PURGED = "audit log purged"


@dataclass(frozen=True)
class ChainEntry:
    """An entry as it is stored; `details` is its JSON text."""

    id: int
    at: datetime
    author: str
    action: str
    details: str
    sha256: str

    def hashed_after(self, previous: str) -> str:
        """Return the hash that this entry must have after another's, in hexadecimal digits."""
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        content = [previous, self.id, at, self.author, self.action, self.details]
        text = json.dumps(content, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Checkpoint:
    """What a purge leaves of the entries it removed.

    Attributes:
        last_id: of the newest of them.
        sha256: its hash, from which the chain goes on.
        removed: how many there were, those of earlier purges among them.
    """

    last_id: int
    sha256: str
    at: datetime
    removed: int

    def as_details(self) -> dict[str, object]:
        """Return what the purge notes in the log itself, so that nobody moves it unseen."""
        return {"up to entry": self.last_id, "sha256": self.sha256, "entries": self.removed}


@dataclass(frozen=True)
class ChainReport:
    """What a walk along the chain found.

    Attributes:
        count: how many entries fit, one after the other.
        head: hash of the last of them, or of what stands before the first.
        fault: the first thing that is wrong, in a sentence; "" when all is whole.
    """

    count: int
    last_id: int
    head: str
    checkpoint: Checkpoint | None
    fault: str = ""


def check_chain(
    entries: Iterable[ChainEntry], checkpoint: Checkpoint | None, noted_head: str = ""
) -> ChainReport:
    """Walk along the chain up to the first entry that does not fit.

    Args:
        entries: all entries that there are, by id.
        checkpoint: of the newest purge, None when nothing was ever purged.
        noted_head: a head of an earlier walk; it must be among the hashes.
    """
    head, last_id = (checkpoint.sha256, checkpoint.last_id) if checkpoint else (GENESIS, 0)
    count, purge, has_noted = 0, None, noted_head in ("", head)

    def report(fault: str = "") -> ChainReport:
        return ChainReport(count, last_id, head, checkpoint, fault)

    for entry in entries:
        if entry.id <= last_id or entry.hashed_after(head) != entry.sha256:
            return report(_misfit(entry, last_id))
        count, head, last_id = count + 1, entry.sha256, entry.id
        has_noted = has_noted or head == noted_head
        if entry.action == PURGED:
            purge = entry
    noted = json.loads(purge.details) if purge else None
    if noted != (checkpoint.as_details() if checkpoint else None):
        return report(_moved(checkpoint))
    if not has_noted:
        return report(_missing(noted_head, checkpoint))
    return report()


def _misfit(entry: ChainEntry, last_id: int) -> str:
    before = f"entry {last_id}" if last_id else "the beginning of the log"
    at, author = entry.at.astimezone(UTC), entry.author or "Evenkeel"
    return (
        f"Entry {entry.id} ({at:%Y-%m-%d %H:%M:%S} UTC, {author}, {entry.action}) does not fit "
        f"{before}: it was changed or moved, or something between was removed."
    )


def _missing(noted_head: str, checkpoint: Checkpoint | None) -> str:
    purged = ", unless it is older than the checkpoint" if checkpoint else ""
    return (
        f"No entry has the hash {noted_head}, which was noted as the head: the log was cut off at "
        f"its end, or written anew, since then{purged}."
    )


def _moved(checkpoint: Checkpoint | None) -> str:
    if checkpoint is None:
        return "The log notes a purge, but its checkpoint is gone."
    return (
        f"The checkpoint after entry {checkpoint.last_id} is not the one that the newest purge "
        "noted in the log: it was changed, or entries were removed with the purge's own."
    )
