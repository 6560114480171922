"""Which entries of the audit log a reader asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from webapp.storage.audit import ALL_KINDS, AuditFilter, AuditKind
from webapp.web.pages.alert_filter import expected, read_time
from webapp.web.pages.audit_words import ITSELF

EVERYTHING = "everything"
# Watching fills pages; whoever looks for it asks for it.
KIND_WORDS: Mapping[str, str] = {
    "": "All but watching",
    EVERYTHING: "Everything",
    AuditKind.CHANGES: "Changes",
    AuditKind.ALERTS: "Alerts",
    AuditKind.PURPOSES: "Purposes",
    AuditKind.EXPORTS: "Exports",
    AuditKind.SIGN_INS: "Sign-ins",
    AuditKind.WATCHING: "Watching",
}
NAMES = ("kind", "who", "camera", "from", "to")


@dataclass(frozen=True)
class AskedEntries:
    """What is asked for.

    Attributes:
        sent: the parameters that are not blank, for links to the same.
        faults: what is wrong with a parameter, by its name; then it is as if it were not there.
    """

    wanted: AuditFilter
    sent: Mapping[str, str]
    faults: Mapping[str, str]


def read_audit_filter(args: Mapping[str, str], zone: tzinfo) -> AskedEntries:
    """Read the parameters of an address; what is wrong with them stands in `faults`.

    Args:
        args: query parameters.
        zone: of times without an offset.
    """
    # PostgreSQL takes no zero bytes.
    given = {name: args.get(name, "").replace("\0", "").strip() for name in NAMES}
    sent = {name: text for name, text in given.items() if text}
    faults: dict[str, str] = {}
    kind = sent.get("kind", "")
    if kind not in KIND_WORDS:
        faults["kind"] = expected("one of the kinds in the list", kind)
        kind = ""
    start, end = (read_time(sent, name, zone, faults) for name in ("from", "to"))
    if start and end and start >= end:
        faults["to"] = "Expected a time after “from”. Choose a later one."
        end = None
    who = sent.get("who")
    # What nobody did is stored under no name.
    author = "" if who and who.lower() == ITSELF.lower() else who
    wanted = AuditFilter(_kinds(kind), author, sent.get("camera", ""), start, end)
    return AskedEntries(wanted, sent, faults)


def _kinds(kind: str) -> frozenset[AuditKind]:
    if kind == EVERYTHING:
        return ALL_KINDS
    return frozenset({AuditKind(kind)}) if kind else ALL_KINDS - {AuditKind.WATCHING}
