"""The form of one rule: its values as text, and back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from webapp.core.alert_rules import MOST_NAME_CHARACTERS, SWITCH_LIMIT, AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.core.rule_sources import ADMIN_PAGE
from webapp.core.schedule import Schedule, format_schedule, parse_schedule
from webapp.storage.rules import StoredRule
from webapp.web.pages.form_reader import FormReader

KIND_WORDS: Mapping[str, str] = {
    RuleKind.EXPRESSION: "Expressions last",
    RuleKind.NO_DATA: "No data from a camera",
    RuleKind.EMPTY_VIEW: "Nobody in view",
}
VALUE_WORDS = {
    "name": "name",
    "kind": "what it watches",
    "camera": "camera",
    "expressions": "expressions",
    "enter": "beginning",
    "exit": "end",
    "hold_s": "time to last",
    "clear_s": "time to be over",
    "min_faces": "least faces",
    "min_confidence": "least confidence",
    "cooldown_s": "time between messages",
    "schedule": "schedule",
    "is_enabled": "switched on or off",
}
LEAST_LIMIT = 0.1


@dataclass(frozen=True)
class RuleChoices:
    """What the form offers; `taken_names` are those of the other rules."""

    cameras: Collection[str]
    expressions: Collection[str]
    taken_names: Collection[str] = ()


def values_of(rule: AlertRule) -> dict[str, Any]:
    """Return a rule as the form's fields show it."""
    limits = rule.limits
    return {
        "name": rule.name,
        "kind": rule.kind,
        "camera": rule.camera or "",
        "expressions": list(rule.expressions),
        "enter": f"{limits.enter:g}",
        "exit": f"{limits.exit:g}",
        "hold_s": f"{limits.hold_s:g}",
        "clear_s": f"{limits.clear_s:g}",
        "min_faces": str(rule.min_faces),
        "min_confidence": f"{rule.min_confidence:g}",
        "cooldown_s": f"{rule.cooldown_s:g}",
        "schedule": format_schedule(rule.schedule),
        "is_enabled": rule.is_enabled,
    }


def source_words(stored: StoredRule) -> str:
    """Say which values of a rule come from the settings and which from the admin page."""
    if stored.seed is None:
        return ADMIN_PAGE
    edited = [VALUE_WORDS[k] for k, source in stored.sources().items() if source == ADMIN_PAGE]
    if not edited:
        return "settings at the first start"
    return f"{ADMIN_PAGE}: {', '.join(edited)}; the others: settings at the first start"


def values_of_form(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return what was sent, to show it again."""
    chosen = {"expressions": form.getlist("expressions"), "is_enabled": "is_enabled" in form}
    return form.to_dict() | chosen


def read_rule(
    form: MultiDict[str, str], rule_id: int, choices: RuleChoices
) -> tuple[AlertRule | None, dict[str, str]]:
    """Read the form; there is a rule only when there are no faults."""
    reader = FormReader(form)
    chosen = reader.choice("kind", KIND_WORDS, "a kind")
    kind = RuleKind(chosen) if "kind" not in reader.faults else RuleKind.EXPRESSION
    values: dict[str, Any] = {
        "id": rule_id,
        "name": _name(reader, choices),
        "kind": kind,
        "camera": reader.choice("camera", {"", *choices.cameras}, "a camera") or None,
        "cooldown_s": reader.number("cooldown_s", 0, 86400),
        "schedule": _schedule(reader, form.get("schedule", "")),
        "is_enabled": "is_enabled" in form,
    }
    if kind == RuleKind.EXPRESSION:
        values |= _expression_values(reader, form.getlist("expressions"), choices)
    limits = _limits(reader, kind)
    if reader.faults or limits is None:
        return None, reader.faults
    return AlertRule(limits=limits, **values), {}


def _name(reader: FormReader, choices: RuleChoices) -> str:
    name = reader.text("name", MOST_NAME_CHARACTERS, "a name, such as “Anger lasts”")
    if name in choices.taken_names:
        reader.faults["name"] = "Another rule has this name; expected one of its own."
    return name


def _expression_values(
    reader: FormReader, chosen: list[str], choices: RuleChoices
) -> dict[str, Any]:
    if not chosen or not set(chosen) <= set(choices.expressions):
        reader.faults["expressions"] = "Expected at least one expression from the list."
    return {
        "expressions": tuple(chosen),
        "min_faces": reader.whole("min_faces", 1, 100),
        "min_confidence": reader.number("min_confidence", 0, 1),
    }


def _limits(reader: FormReader, kind: RuleKind) -> Limits | None:
    hold_s, clear_s = reader.number("hold_s", 0, 3600), reader.number("clear_s", 0, 3600)
    if kind != RuleKind.EXPRESSION:
        return Limits(SWITCH_LIMIT, SWITCH_LIMIT, hold_s, clear_s)
    # An exit of 0 would never be undercut, so the alert would never end.
    enter = reader.number("enter", LEAST_LIMIT, 100)
    exit_ = reader.number("exit", LEAST_LIMIT, 100)
    if {"enter", "exit"} & set(reader.faults):
        return None
    if exit_ > enter:
        reader.faults["exit"] = f"Expected at most {enter:g}, where the alert begins."
        return None
    return Limits(enter, exit_, hold_s, clear_s)


def _schedule(reader: FormReader, text: str) -> Schedule:
    try:
        return parse_schedule(text)
    except ValueError as error:
        reader.faults["schedule"] = f"Expected {error}."
        return Schedule()
