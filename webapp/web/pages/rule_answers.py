"""How often each rule was right, and which other limits that speaks for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.core.answers import AnswerCounts
from webapp.core.limit_proposal import NoProposal, Proposal, propose
from webapp.storage.answers import CameraAnswers, answered_alerts, count_answers


@dataclass(frozen=True)
class RuleAnswers:
    """What the answers to a rule's alerts say.

    Attributes:
        cameras: those with answers, by name.
    """

    rule: AlertRule
    cameras: Sequence[CameraAnswers]

    @property
    def counts(self) -> AnswerCounts:
        """Those of all cameras together."""
        return sum((each.counts for each in self.cameras), AnswerCounts())


def rule_answers(
    work: Session, rules: Sequence[AlertRule], among: Collection[str] | None
) -> list[RuleAnswers]:
    """Return what was answered of the rules, in their order, of those that have answers.

    Args:
        among: counts the alerts of these cameras alone, or of all where it is None.
    """
    counted = count_answers(work, rules, among)
    by_rule = {rule.id: [each for each in counted if each.rule_id == rule.id] for rule in rules}
    return [RuleAnswers(rule, by_rule[rule.id]) for rule in rules if by_rule[rule.id]]


def outlook_of(
    work: Session, rule: AlertRule, among: Collection[str] | None
) -> Proposal | NoProposal | None:
    """Return which other limits the answers speak for; None where the rule's value is a switch."""
    if rule.kind != RuleKind.EXPRESSION:
        return None
    return propose(rule.limits, answered_alerts(work, rule, among))


def limit_fields(limits: Limits) -> dict[str, str]:
    """Return what a proposal changes, as its form sends it."""
    changed = {"enter": limits.enter, "exit": limits.exit, "hold_s": limits.hold_s}
    return {name: f"{value:g}" for name, value in changed.items()}
