"""What the audit log holds, in the words of those who read it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from webapp.core.alert_rules import RuleKind
from webapp.core.purpose import KIND_WORDS as KIND_OF_PURPOSE
from webapp.core.purpose import REGION_WORDS
from webapp.core.watching import WatchKind
from webapp.web.pages.local_times import clock_text
from webapp.web.pages.rule_form import KIND_WORDS

# Who did it where nobody did.
ITSELF = "Evenkeel"
ACTION_WORDS = {
    "rules seeded": "took the first rules from the settings",
    "rule added": "added a rule",
    "rule changed": "changed a rule",
    "rule removed": "removed a rule",
    "receivers seeded": "took the first receivers from the settings",
    "receiver added": "added a receiver",
    "receiver changed": "changed a receiver",
    "receiver removed": "removed a receiver",
    "test message": "sent a test message",
    "cameras seeded": "took the cameras from the settings",
    "camera added": "added a camera",
    "camera changed": "set a camera up otherwise",
    "camera moved": "moved a camera",
    "camera removed": "removed a camera",
    "camera switched on": "switched a camera on",
    "camera switched off": "switched a camera off",
    "room link made": "made a link to a room",
    "room link ended": "ended a link to a room",
    "purpose stated": "stated what a camera is for",
    "purpose withdrawn": "withdrew the purpose of a camera",
    "purposes exported": "exported the purposes",
    "camera paused": "paused a camera",
    "camera resumed": "resumed a camera",
    "camera source changed": "gave a camera another source",
    "camera source kept": "could not give a camera another source",
    "alert tried": "tried an alert",
    "alert acknowledged": "acknowledged an alert",
    "alert commented": "commented on an alert",
    "alert answered": "said whether an alert was right",
    "silence began": "silenced messages",
    "silence ended": "ended a silence",
    "history exported": "exported history",
    "file analysed": "had a file read",
    "analysis cancelled": "cancelled the reading of a file",
    "password changed": "changed a password",
    "user added": "added a user",
    "user's role changed": "gave a user another role",
    "user's cameras changed": "changed which cameras a user sees",
    "second factor added": "added a second factor",
    "second factor removed": "removed a second factor",
    "recovery codes renewed": "made new recovery codes",
    "recovery code used": "signed in with a recovery code",
    "group added": "added a group",
    "group changed": "changed a group",
    "group removed": "removed a group",
    "token made": "made an API token",
    "token revoked": "revoked an API token",
    "token used": "used an API token",
    "user disabled": "disabled a user",
    "user enabled": "enabled a user",
    "user removed": "removed a user",
    "user signed out": "signed a user out",
    "watching began": "began to watch",
    "watched": "watched",
    "camera tried": "took a picture to set a camera up",
    "watching not noted": "could not note all who watched",
    "reading exported": "took what was read in a file",
    "audit log exported": "exported this log",
    "report opened": "opened a report",
    "controller stated": "said who runs the cameras",
    "database backed up": "made a backup of the database",
    "database restored": "put a backup in the place of the database",
    "audit log purged": "removed old entries of this log",
}
# They name rows, and mean nothing to a reader.
HIDDEN = ("alert", "silence")
# Values of rules that mean nothing where a rule watches no expressions.
OF_EXPRESSIONS = frozenset(
    {"expressions", "enter", "exit", "least_people", "least_share", "min_faces", "min_confidence"}
)
# In the order in which they are read; all others come last.
VALUE_WORDS: Mapping[str, Callable[[Any], str]] = {
    "name": lambda name: f"name “{name}”",
    "token": lambda name: f"token “{name}”",
    "user": str,
    "scopes": lambda scopes: f"for {details_text(scopes)}",
    # As it was noted before there were roles.
    "admin": lambda is_admin: "an admin" if is_admin else "no admin",
    "group": lambda name: f"group “{name}”",
    "members": lambda names: f"members: {details_text(names)}" if names else "no members",
    "role": lambda role: f"role {role}",
    "receiver": str,
    "kind": lambda kind: _kind_words(kind),
    "of": lambda name: f"of {name or 'a user who is gone'}",
    "rule": lambda name: "" if isinstance(name, int) else f"rule {name}" if name else "all rules",
    "camera": lambda name: f"camera {name}" if name else "all cameras",
    "purpose": lambda kind: f"for {KIND_OF_PURPOSE.get(kind, kind)}",
    "reason": lambda reason: f"“{reason}”",
    "approved by": lambda name: f"approved by {name}",
    "those filmed are informed": lambda _: "those filmed are informed",
    "region": lambda region: f"in {REGION_WORDS.get(region, region)}",
    "title": lambda title: f"called “{title}”",
    "source": lambda source: f"reads {source}",
    "turned by": lambda degrees: f"turned by {degrees:g}°" if degrees else "",
    "mirrored": lambda is_mirrored: "mirrored" if is_mirrored else "",
    "masked areas": lambda areas: "with masked areas" if areas else "",
    "detection width": lambda px: f"faces found in {px:g} px" if px else "",
    "pictures a second": lambda fps: f"{fps:g} pictures a second" if fps else "",
    "worker": lambda name: f"on worker {name}" if name else "",
    "place": lambda place: f"to place {place:g}",
    "expressions": lambda names: f"expressions {details_text(names)}",
    "enter": lambda value: f"begins from {value:g}",
    "exit": lambda value: f"ends below {value:g}",
    "hold_s": lambda value: f"must last {value:g} s",
    "clear_s": lambda value: f"must be over for {value:g} s",
    "least_people": lambda value: f"at least {value:g} people must rise" if value else "",
    "least_share": lambda value: f"at least {100 * value:g} % must rise" if value else "",
    "min_faces": lambda value: f"at least {value:g} {'face' if value == 1 else 'faces'} in view",
    "min_confidence": lambda value: f"confidence of at least {value:g}" if value else "",
    "cooldown_s": lambda value: (
        f"a message every {value:g} s at most" if value else "a message each time"
    ),
    "schedule": lambda value: f"on duty {value or 'always'}",
    "address": str,
    "new address": lambda _: "another address",
    "rules": lambda rules: f"rules: {details_text(rules)}",
    "cameras": lambda cameras: f"cameras: {details_text(cameras)}",
    "hours": lambda hours: f"hours: {hours}",
    "is_enabled": lambda is_on: f"switched {'on' if is_on else 'off'}",
    "switched on": lambda is_on: f"switched {'on' if is_on else 'off'}",
    "bytes": lambda value: f"{value / 1e6:.1f} MB",
    "sign-ins ended": lambda count: f"{count:d} sign-ins ended" if count else "",
    "tokens ended": lambda count: f"{count:d} API tokens ended",
    "attempts": lambda count: f"{count:d} attempts",
    "left": lambda count: f"{count} left",
    "through": lambda way: f"through {way}",
    "answer": str,
    "outcome": str,
    "format": lambda form: f"as {form}",
    "filter": lambda sent: f"filter: {details_text(sent)}",
    "given up": lambda count: f"{count:d} entries given up",
    "up to entry": lambda number: f"up to entry {number:d}",
    "entries": lambda count: f"{count:d} entries in all",
    "sha256": lambda digest: f"hash {digest}",
}
ORDER = {name: place for place, name in enumerate(VALUE_WORDS)}


def action_words(action: str) -> str:
    """Return what somebody did."""
    return ACTION_WORDS.get(action, action)


def details_text(details: Any) -> str:
    """Put an entry's details, or one value of a setting, into words."""
    if isinstance(details, dict):
        names = sorted(details, key=lambda name: ORDER.get(name, len(ORDER)))
        if details.get("kind", RuleKind.EXPRESSION) in (RuleKind.NO_DATA, RuleKind.EMPTY_VIEW):
            names = [name for name in names if name not in OF_EXPRESSIONS]
        return ", ".join(filter(None, (_detail(name, details[name]) for name in names)))
    if isinstance(details, list):
        return ", ".join(map(details_text, details))
    if isinstance(details, bool):
        return "yes" if details else "no"
    if isinstance(details, float):
        return f"{details:g}"
    return "" if details is None else _plain(str(details))


def _kind_words(kind: str) -> str:
    if kind in KIND_WORDS:
        return f"watches for: {KIND_WORDS[kind]}"
    return kind if kind in set(WatchKind) else f"a {kind}"


def _detail(name: str, value: Any) -> str:
    if name in HIDDEN:
        return ""
    try:
        if name in VALUE_WORDS:
            return VALUE_WORDS[name](value)
    except (TypeError, ValueError):
        # Somebody named a rule after a value, or an earlier version wrote it otherwise.
        pass
    if isinstance(value, dict):
        # Of something new the name is said already.
        text = details_text({k: v for k, v in value.items() if (k, v) != ("name", name)})
        return f"{name}: {text}" if text else name
    text = details_text(value)
    return f"{name.replace('_', ' ')} {text}" if text else ""


def _plain(text: str) -> str:
    """Put a stored list or time into words; every other text stays as it is."""
    try:
        if text.startswith("["):
            return " or ".join(map(str, json.loads(text))) or "none"
        return clock_text(text) if "T" in text else text
    except (ValueError, OverflowError, RecursionError):
        # Anybody's remark may look like one and be none.
        return text
