"""Which alerts a reader asks for: by state, camera, rule and time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from webapp.core.alerts import Phase
from webapp.core.local_time import parse_time
from webapp.core.messages import AlertRecord
from webapp.web.pages.ranges import PRESETS

WAITING = "waiting"
STATE_WORDS: Mapping[str, str] = {
    "": "All",
    WAITING: "Not acknowledged",
    Phase.PENDING: "Pending",
    Phase.FIRING: "Firing",
    Phase.RECOVERING: "Recovering",
    Phase.RESOLVED: "Resolved",
}
BETWEEN = "between"
NAMES = ("state", "camera", "rule", "range", "from", "to")


@dataclass(frozen=True)
class AlertFilter:
    """What is asked for; None, or an empty text, asks for all.

    Attributes:
        state: a key of `STATE_WORDS`.
        start: those that were open at some time after it, aware.
        end: and before it.
        sent: the parameters that are not blank, for links to the same.
        faults: what is wrong with a parameter, by its name; then it is as if it were not there.
    """

    state: str
    camera: str | None
    rule: str | None
    start: datetime | None
    end: datetime | None
    sent: Mapping[str, str]
    faults: Mapping[str, str]

    @property
    def shows_open(self) -> bool:
        """Whether alerts that are not over can be among them."""
        return self.state != Phase.RESOLVED

    @property
    def shows_past(self) -> bool:
        """Whether alerts that are over can be among them."""
        return self.state in ("", WAITING, Phase.RESOLVED)

    @property
    def is_set(self) -> bool:
        """Whether anything is left out."""
        return bool(self.sent)

    def takes(self, alert: AlertRecord) -> bool:
        """Return whether an alert that is not over is among them."""
        if self.state == WAITING:
            is_of_state = alert.state.is_open and alert.acknowledged is None
        else:
            is_of_state = self.state in ("", alert.state)
        return (
            is_of_state
            and self.camera in (None, alert.camera)
            and self.rule in (None, alert.rule)
            and (self.end is None or alert.since < self.end)
        )


def read_filter(args: Mapping[str, str], zone: tzinfo, now: datetime) -> AlertFilter:
    """Read the parameters of an address; what is wrong with them stands in `faults`.

    Args:
        args: query parameters.
        zone: of times without an offset.
        now: where presets of time end; what comes later is not asked for.
    """
    sent = {name: text for name in NAMES if (text := args.get(name, ""))}
    faults: dict[str, str] = {}
    state = sent.get("state", "")
    if state not in STATE_WORDS:
        faults["state"] = expected("one of the states in the list", state)
        state = ""
    wanted = AlertFilter(
        state, sent.get("camera"), sent.get("rule"), None, None, sent=sent, faults=faults
    )
    span = sent.get("range", "")
    if span in PRESETS:
        return replace(wanted, start=now - PRESETS[span])
    if span not in ("", BETWEEN):
        faults["range"] = expected("one of the times in the list", span)
    start, end = (read_time(sent, name, zone, faults) for name in ("from", "to"))
    if start and end and start >= end:
        faults["to"] = "Expected a time after “from”. Choose a later one."
        end = None
    return replace(wanted, start=start, end=end)


def read_time(
    sent: Mapping[str, str], name: str, zone: tzinfo, faults: dict[str, str]
) -> datetime | None:
    """Read the time of a field; what is wrong with it goes into `faults`."""
    text = sent.get(name)
    if not text:
        return None
    try:
        return parse_time(text, zone)
    except (ValueError, OverflowError):
        faults[name] = expected("a day and a time such as 2026-11-20T14:00", text)
        return None


def expected(what: str, text: str) -> str:
    """Return what is wrong with a parameter, and what to do."""
    return f"Expected {what}, got “{text[:40]}”. Choose another, or leave it blank."
