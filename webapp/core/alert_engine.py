"""All rules over all cameras: who is firing, and what changed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from webapp.core.alert_rules import AlertRule, Observation, RuleKind, evidence, rule_value
from webapp.core.alerts import (
    LONGEST_STEP_S,
    AlertState,
    Phase,
    Transition,
    close,
    step,
)
from webapp.core.messages import AlertMessage
from webapp.core.utc import from_epoch_s

CAMERA_PAUSED = "the camera was paused"
CAMERA_REMOVED = "the camera was removed"
RULE_CHANGED = "the rule was changed or removed"
CAMERA_EXCHANGED = "another source took the camera's place"
OFF_DUTY = "the rule's schedule is over"


@dataclass(frozen=True)
class AlertChange:
    """A transition, and of what."""

    rule: AlertRule
    camera: str
    transition: Transition

    def as_message(self) -> AlertMessage:
        """Return what subscribers learn of it."""
        rule, transition = self.rule, self.transition
        return AlertMessage(
            id=transition.alert_id,
            camera=self.camera,
            rule=rule.name,
            rule_id=rule.id,
            kind=rule.kind,
            expressions=rule.expressions,
            state=transition.change.phase,
            since=from_epoch_s(transition.since_s),
            value=round(transition.value, 1),
            peak=round(transition.peak, 1),
            reason=transition.reason,
            evidence=transition.evidence,
            counts_people=rule.counts_people,
            advice=rule.advice,
        )


@dataclass
class AlertEngine:
    """Holds the state of every rule and camera; pure but for that.

    Attributes:
        rules: those that are watched now.
        new_id: gives the identity of a new alert.
    """

    rules: tuple[AlertRule, ...]
    new_id: Callable[[], str]
    _states: dict[tuple[int, str], AlertState] = field(default_factory=dict)
    _known_rules: dict[int, AlertRule] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known_rules = {rule.id: rule for rule in self.rules}

    def restore(self, rule_id: int, camera: str, state: AlertState) -> None:
        """Go on with an alert that was open when the process ended."""
        self._states[rule_id, camera] = state

    def state(self, rule_id: int, camera: str) -> AlertState:
        """Return where a rule stands for a camera."""
        return self._states.get((rule_id, camera), AlertState())

    def lasting(self, camera: str) -> list[AlertState]:
        """Return where the pending and open alerts of a camera stand."""
        states = [state for (_, name), state in self._states.items() if name == camera]
        return [state for state in states if state.phase != Phase.NORMAL]

    def replace_rules(self, rules: Iterable[AlertRule], now_s: float) -> list[AlertChange]:
        """Watch other rules from now on; alerts of a rule whose condition changed are closed."""
        new = {rule.id: rule for rule in rules}
        old = self._known_rules
        gone = [
            key for key in self._states if not _is_same_condition(old.get(key[0]), new.get(key[0]))
        ]
        changes = [self._close(key, now_s, RULE_CHANGED) for key in gone]
        self.rules, self._known_rules = tuple(new.values()), new
        return [change for change in changes if change]

    def close_camera(self, camera: str, now_s: float, reason: str) -> list[AlertChange]:
        """Close a camera's alerts: it is paused, or shows something else."""
        keys = [key for key in self._states if key[1] == camera]
        changes = [self._close(key, now_s, reason) for key in keys]
        return [change for change in changes if change]

    def remove_camera(self, camera: str, now_s: float) -> list[AlertChange]:
        """Close the alerts of a camera that is gone, and forget it."""
        changes = self.close_camera(camera, now_s, CAMERA_REMOVED)
        self.forget_camera(camera)
        return changes

    def forget_camera(self, camera: str) -> None:
        """Leave the alerts of a camera to whoever watches it from now on."""
        self._states = {key: state for key, state in self._states.items() if key[1] != camera}

    def step(
        self, camera: str, observation: Observation, now_s: float, local: datetime
    ) -> list[AlertChange]:
        """Advance every rule of one camera.

        Args:
            camera: its name.
            observation: what is known of it now.
            now_s: UTC epoch.
            local: the same instant on the wall clock that schedules mean.

        Returns:
            What changed, no-data first, since it inhibits the others.
        """
        if observation.is_paused:
            return self.close_camera(camera, now_s, CAMERA_PAUSED)
        rules = sorted(
            (rule for rule in self.rules if rule.applies_to(camera)),
            key=lambda rule: rule.kind != RuleKind.NO_DATA,
        )
        changes = [self._step_rule(rule, camera, observation, now_s, local) for rule in rules]
        return [change for change in changes if change]

    def _step_rule(
        self, rule: AlertRule, camera: str, observation: Observation, now_s: float, local: datetime
    ) -> AlertChange | None:
        key = (rule.id, camera)
        if not rule.schedule.is_on(local):
            return self._close(key, now_s, OFF_DUTY)
        value = rule_value(rule, observation)
        if rule.kind != RuleKind.NO_DATA and self._lacks_data(camera):
            value = None
        before = self.state(*key)
        seen = evidence(rule, observation)
        state, transition = step(rule.limits, before, value, now_s, self.new_id, seen)
        state, transition = _with_course(before, state, transition, value, now_s)
        self._states[key] = state
        return AlertChange(rule, camera, transition) if transition else None

    def _lacks_data(self, camera: str) -> bool:
        """Return whether a no-data alert of this camera is open."""
        return any(
            state.is_open and self._known_rules[rule_id].kind == RuleKind.NO_DATA
            for (rule_id, name), state in self._states.items()
            if name == camera and rule_id in self._known_rules
        )

    def _close(self, key: tuple[int, str], now_s: float, reason: str) -> AlertChange | None:
        state, transition = close(self._states.get(key, AlertState()), now_s, reason)
        self._states[key] = state
        rule = self._known_rules.get(key[0])
        return AlertChange(rule, key[1], transition) if rule and transition else None


def _with_course(
    before: AlertState,
    state: AlertState,
    transition: Transition | None,
    value: float | None,
    now_s: float,
) -> tuple[AlertState, Transition | None]:
    """Add the newest reading to the course of an alert: of what goes on and of what changed."""
    if state.phase == Phase.NORMAL and transition is None:
        return state, None
    course = before.course
    at_s = now_s - (transition.since_s if transition else state.since_s)
    is_gap = before.seen_at_s is None or now_s - before.seen_at_s > LONGEST_STEP_S
    if course and is_gap:
        # Nobody watched, or another process did.
        course = course.follow(at_s, None)
    # A replay must see how it was until the alert fired, without what came the moment after.
    has_just_fired = before.seen_at_s == before.fired_at_s
    course = course.follow(at_s, value, is_new=has_just_fired)
    if state.phase != Phase.NORMAL:
        state = replace(state, course=course)
    return state, transition and replace(transition, course=course)


def _is_same_condition(old: AlertRule | None, new: AlertRule | None) -> bool:
    """Return whether an alert may go on: name, advice and notifications are no part of a condition.

    A schedule closes alerts by itself, when it is over.
    """
    if old is None or new is None:
        return False
    told = replace(old, name=new.name, advice=new.advice, cooldown_s=new.cooldown_s)
    return replace(told, schedule=new.schedule) == new
