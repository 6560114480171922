"""Whatever cameras show and admins do, every alert goes through a possible order of states."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.alert_story import ENDS, AlertStory, ExpectedPhase
from tests.people import resting_at_zero
from webapp.core.alert_engine import CAMERA_REMOVED, AlertChange, AlertEngine
from webapp.core.alert_rules import AlertRule, Observation, rule_value
from webapp.core.alerts import LONGEST_STEP_S, Limits
from webapp.core.schedule import parse_schedule

NOTHING_READ = ExpectedPhase(Limits(0, 0, 0, 0))
CLASSES = ("angry", "fear", "neutral")
CAMERAS = ("hall", "door")
RULE_IDS = (1, 2, 3, 4)
MONDAY = datetime(2026, 3, 2)
ALWAYS, BY_DAY = parse_schedule(""), parse_schedule("mon 06:00-18:00")


def seen(*faces) -> Observation:
    return Observation(resting_at_zero(faces, CLASSES))


ANGRY, AFRAID, MIXED, CALM = [1, 0, 0], [0, 0.9, 0.1], [0.4, 0.2, 0.4], [0, 0, 1]
UNKNOWN, PAUSED = Observation(None), Observation(None, is_paused=True)
READABLE = [seen(ANGRY), seen(AFRAID), seen(MIXED), seen(CALM), seen(ANGRY, CALM), seen()]


def asked(rule: AlertRule | None) -> object:
    """Return all of a rule that an open alert depends on."""
    return rule and replace(rule, name="", cooldown_s=0.0, schedule=ALWAYS)


class Watch:
    """Steps an engine and checks after every step what it reported and where it stands."""

    def __init__(self, rules: tuple[AlertRule, ...]) -> None:
        ids = count(1)
        self.engine = AlertEngine(rules, lambda: f"a{next(ids)}")
        self.rules = {rule.id: rule for rule in rules}
        self.story = AlertStory()
        self.now_s = 1000.0
        self._expected: dict[tuple[int, str], ExpectedPhase] = {}

    def step(self, camera: str, observation: Observation, local: datetime) -> None:
        """Show one camera once."""
        self.story.add(self.engine.step(camera, observation, self.now_s, local))
        for rule in self.rules.values():
            key = (rule.id, camera)
            if (
                observation.is_paused
                or not rule.applies_to(camera)
                or not rule.schedule.is_on(local)
            ):
                self._expected.pop(key, None)
                continue
            is_blind = rule.kind != "no_data" and self.story.lacks_data(camera)
            value = None if is_blind else rule_value(rule, observation)
            self._expected.setdefault(key, ExpectedPhase(rule.limits)).read(value, self.now_s)
        self.check()

    def use(self, rules: dict[int, AlertRule]) -> None:
        """Watch other rules; only alerts of those that ask something else may end."""
        both = {*rules, *self.rules}
        changed = {i for i in both if asked(rules.get(i)) != asked(self.rules.get(i))}
        self._end(self.engine.replace_rules(rules.values(), self.now_s))
        self.rules = rules
        self._forget(lambda rule_id, _: rule_id in changed)

    def remove(self, camera: str) -> None:
        """Watch a camera no longer."""
        self._end(self.engine.close_camera(camera, self.now_s, CAMERA_REMOVED))
        self._forget(lambda _, name: name == camera)

    def check(self) -> None:
        """Compare engine, story and readings."""
        for rule_id in RULE_IDS:
            for camera in CAMERAS:
                state = self.engine.state(rule_id, camera)
                assert state.phase == self.story.phase(rule_id, camera), "not reported"
                expected = self._expected.get((rule_id, camera), NOTHING_READ)
                assert state.phase == expected.phase
                assert expected.counted_s in (None, state.counted_s)
        for change in self.story.going_on():
            assert asked(change.rule) == asked(self.rules.get(change.rule.id)), "its rule is gone"

    def _end(self, changes: list[AlertChange]) -> None:
        self.story.add(changes)
        assert all(c.transition.reason and c.transition.change in ENDS for c in changes)

    def _forget(self, is_over) -> None:
        self._expected = {k: v for k, v in self._expected.items() if not is_over(*k)}
        self.check()


@dataclass(frozen=True)
class Stretch:
    """Every camera shows the same for some steps."""

    shown: tuple[Observation, ...]
    hour: int
    interval_s: float
    steps: int

    def happen(self, watch: Watch) -> None:
        for _ in range(self.steps):
            watch.now_s += self.interval_s
            for camera, observation in zip(CAMERAS, self.shown, strict=True):
                watch.step(camera, observation, MONDAY.replace(hour=self.hour))


@dataclass(frozen=True)
class Edit:
    """An admin saves a rule, or removes it; the others stay."""

    rule: AlertRule
    is_removal: bool

    def happen(self, watch: Watch) -> None:
        others = {i: rule for i, rule in watch.rules.items() if i != self.rule.id}
        watch.use(others if self.is_removal else {**others, self.rule.id: self.rule})


@dataclass(frozen=True)
class Removal:
    """A camera is watched no longer."""

    camera: str

    def happen(self, watch: Watch) -> None:
        watch.remove(self.camera)


levels = st.sampled_from([(50, 50), (30, 20), (60, 30), (90, 40)])
times_s = st.sampled_from([0, 1, 3, 6])
limits = st.builds(lambda level, hold, clear: Limits(*level, hold, clear), levels, times_s, times_s)
anywhere = {
    "name": st.sampled_from(["a rule", "another name"]),
    "cooldown_s": st.sampled_from([0, 300]),
    "expressions": st.sampled_from([("angry",), ("angry", "fear")]),
    "min_faces": st.sampled_from([1, 1, 1, 2]),
    "schedule": st.sampled_from([ALWAYS, ALWAYS, BY_DAY]),
}
# Two that fire often and meet: anger must wait until the end of a lack of data.
quick_limits = st.builds(
    Limits, st.just(50), st.just(50), st.sampled_from([0, 1, 3]), st.sampled_from([1, 3, 6])
)
anger_rules = st.builds(
    AlertRule, id=st.just(1), kind=st.just("expression"), limits=quick_limits, **anywhere
)
no_data_rules = st.builds(
    AlertRule, id=st.just(2), kind=st.just("no_data"), limits=quick_limits, **anywhere
)
rules = st.builds(
    AlertRule,
    id=st.sampled_from(RULE_IDS),
    kind=st.sampled_from(["expression", "expression", "no_data", "empty_view"]),
    limits=limits,
    camera=st.sampled_from([None, *CAMERAS]),
    is_enabled=st.sampled_from([True, True, True, False]),
    **anywhere,
)
shown = st.sampled_from([seen(ANGRY)] * 4 + READABLE + [UNKNOWN] * 6 + [PAUSED])
# Most steps count; some are too long, of no time or set the clock back.
intervals_s = st.sampled_from([1] * 14 + [0.25, 2, LONGEST_STEP_S, 3.5, 4, 6, 600, 0, -1, -3600])
hours = st.sampled_from([12] * 6 + [22])
stretches = st.builds(Stretch, st.tuples(shown, shown), hours, intervals_s, st.integers(1, 6))
edits = st.builds(Edit, rules, st.booleans())
removals = st.builds(Removal, st.sampled_from(CAMERAS))
happenings = st.lists(
    st.one_of(*[stretches] * 10, edits, removals),
    # Else most of them are too short to open an alert.
    min_size=12,
    max_size=20,
)
rule_sets = st.tuples(anger_rules, no_data_rules, rules.filter(lambda rule: rule.id > 2))


@settings(max_examples=100)
@given(rule_sets, happenings)
def test_whatever_happens_every_alert_goes_its_way(rules, happenings):
    watch = Watch(rules)
    for happening in happenings:
        happening.happen(watch)
