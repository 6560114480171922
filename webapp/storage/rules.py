"""The rules that are watched: seeded from the settings, then the database wins."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.core.errors import NameTakenError
from webapp.core.rule_sources import UnusedSetting, unused_settings, value_sources
from webapp.core.schedule import format_schedule, parse_schedule
from webapp.storage.alert_tables import RuleRow, SeedingRow, SilenceRow
from webapp.storage.audit import note
from webapp.storage.only_writer import be_only_writer
from webapp.storage.receivers import forget_rule

SEEDED = "rules seeded"
RULES = "rules"


@dataclass(frozen=True)
class StoredRule:
    """A rule, and where its values come from.

    Attributes:
        seed: what the settings gave it at the first start, by name; None when it was added since.
    """

    rule: AlertRule
    seed: Mapping[str, Any] | None
    updated_at: datetime
    updated_by: str

    def sources(self) -> dict[str, str]:
        """Return for every value which setting it comes from, or that an admin chose it."""
        return value_sources(self._first_kind(), rule_values(self.rule), self.seed)

    def unused_settings(self, seeds: Iterable[AlertRule]) -> list[UnusedSetting]:
        """List the settings that were changed since the first start, which changes nothing.

        Args:
            seeds: the rules that the settings would make today.
        """
        if self.seed is None:
            return []
        kind, values = self._first_kind(), rule_values(self.rule)
        nows = [rule_values(rule) for rule in seeds if rule.kind == kind]
        return [each for now in nows for each in unused_settings(kind, values, self.seed, now)]

    def _first_kind(self) -> RuleKind:
        return RuleKind(self.seed["kind"]) if self.seed else self.rule.kind


def seed_rules(session: Session, rules: Sequence[AlertRule], now: datetime) -> bool:
    """Write the rules of the settings, once in a database's life; afterwards it wins.

    Of several instances that start at once, one writes and the others wait for it.

    Returns:
        Whether they were written.
    """
    if session.get(SeedingRow, RULES):
        return False
    be_only_writer(session, RuleRow)
    if session.get(SeedingRow, RULES):
        return False
    session.add(SeedingRow(subject=RULES, at=now))
    note(session, "", SEEDED, [rule.name for rule in rules], now)
    for rule in rules:
        values = rule_values(rule)
        seed = json.dumps(values, ensure_ascii=False)
        session.add(RuleRow(**values, seed=seed, updated_at=now, updated_by=""))
    return True


def list_rules(session: Session) -> list[StoredRule]:
    """List all rules, switched on or off, in the order they were made."""
    return [_as_stored(row) for row in session.scalars(select(RuleRow).order_by(RuleRow.id))]


def find_rule(session: Session, rule_id: int) -> AlertRule | None:
    """Return a rule as it stands now, None when it was deleted."""
    row = session.get(RuleRow, rule_id)
    return _as_rule(row) if row else None


def save_rule(session: Session, rule: AlertRule, author: str, now: datetime) -> StoredRule:
    """Change a rule, or add one when its id is 0, and note who did.

    Raises:
        KeyError: no rule has this id.
        NameTakenError: another rule has this name.
    """
    be_only_writer(session, RuleRow)
    row = session.get(RuleRow, rule.id) if rule.id else RuleRow()
    if row is None:
        raise KeyError(rule.id)
    if session.scalar(select(RuleRow.id).where(RuleRow.name == rule.name, RuleRow.id != rule.id)):
        raise NameTakenError("Another rule has this name; expected one of its own.")
    before = rule_values(_as_rule(row)) if rule.id else {}
    for name, value in rule_values(rule).items():
        setattr(row, name, value)
    row.updated_at, row.updated_by = now, author
    session.add(row)
    session.flush()
    changed = {k: v for k, v in rule_values(rule).items() if before.get(k) != v}
    note(session, author, "rule changed" if before else "rule added", {rule.name: changed}, now)
    return _as_stored(row)


def delete_rule(session: Session, rule_id: int, author: str, now: datetime) -> bool:
    """Remove a rule and note who did; False when there is none."""
    row = session.get(RuleRow, rule_id)
    if row is None:
        return False
    note(session, author, "rule removed", {row.name: rule_values(_as_rule(row))}, now)
    # SQLite gives its number to the next rule, which must not be born silent.
    of_it = update(SilenceRow).where(SilenceRow.rule_id == rule_id, SilenceRow.ended_at.is_(None))
    session.execute(of_it.values(ended_at=now))
    forget_rule(session, rule_id)
    session.delete(row)
    session.flush()
    return True


def rule_values(rule: AlertRule) -> dict[str, Any]:
    """Return a rule's values by name, as they are stored."""
    return {
        "name": rule.name,
        "kind": rule.kind,
        "camera": rule.camera,
        "expressions": json.dumps(rule.expressions, ensure_ascii=False),
        "enter": rule.limits.enter,
        "exit": rule.limits.exit,
        "hold_s": rule.limits.hold_s,
        "clear_s": rule.limits.clear_s,
        "least_people": rule.least_people,
        "least_share": rule.least_share,
        "min_faces": rule.min_faces,
        "min_confidence": rule.min_confidence,
        "cooldown_s": rule.cooldown_s,
        "schedule": format_schedule(rule.schedule),
        "is_enabled": rule.is_enabled,
        "advice": rule.advice,
    }


def _as_rule(row: RuleRow) -> AlertRule:
    return AlertRule(
        id=row.id,
        name=row.name,
        kind=RuleKind(row.kind),
        limits=Limits(row.enter, row.exit, row.hold_s, row.clear_s),
        camera=row.camera,
        expressions=tuple(json.loads(row.expressions)),
        least_people=row.least_people,
        least_share=row.least_share,
        min_faces=row.min_faces,
        min_confidence=row.min_confidence,
        cooldown_s=row.cooldown_s,
        schedule=parse_schedule(row.schedule),
        is_enabled=row.is_enabled,
        advice=row.advice,
    )


def _as_stored(row: RuleRow) -> StoredRule:
    seed = json.loads(row.seed) if row.seed else None
    return StoredRule(_as_rule(row), seed, row.updated_at, row.updated_by)
