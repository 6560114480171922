"""What rules make of crews that were watched: alerts caught, missed, false and late."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from benchmarks import alert_scenes
from benchmarks.real_crews import RATE_FPS, Play
from webapp.core.alert_engine import AlertEngine
from webapp.core.alert_rules import AlertRule, Observation
from webapp.core.alerts import Phase
from webapp.core.crew import People
from webapp.core.indicator import indicator

NOON = datetime(2026, 3, 2, 12)
CLIP_S = 600.0
# An alert may fire so long after the hold time and still be the one that was meant.
LATEST_S = 10.0


@dataclass(frozen=True)
class Watched:
    """Who the pipeline saw in a play, frame by frame.

    Attributes:
        seen: how many of the alarmed faces were found and read, of all frames' while an alert was
            due; in [0, 1].
    """

    play: Play
    people: list[People]
    seen: float = 1.0

    def without_rests(self) -> "Watched":
        """Return the same as if every reading were a rise."""
        plain = [replace(each, rests=np.zeros_like(each.rests)) for each in self.people]
        return replace(self, people=plain)

    def fired_s(self, rule: AlertRule) -> list[float]:
        """Return when a rule raised alerts."""
        return fired_s(rule, self.people, RATE_FPS)

    def due_s(self, rule: AlertRule) -> list[float]:
        """Return when a rule raised alerts while one was due."""
        from_s, until_s = self.play.alarm_s or (0.0, 0.0)
        return [at_s for at_s in self.fired_s(rule) if from_s <= at_s < until_s + LATEST_S]

    def ends(self, rule: AlertRule) -> tuple[bool, bool]:
        """Return whether an alert ended while it was due still, and whether all ended soon after.

        Soon is `LATEST_S` after the time that a rule asks to be sure.
        """
        from_s, until_s = self.play.alarm_s or (0.0, 0.0)
        alerts = alerts_s(rule, self.people, RATE_FPS)
        ends_s = [end_s for fired_at_s, end_s in alerts if fired_at_s >= from_s]
        latest_s = until_s + rule.limits.clear_s + LATEST_S
        return any(s <= until_s for s in ends_s), all(s <= latest_s for s in ends_s)

    def has_fired(self, rule: AlertRule) -> bool:
        """Return whether a rule raised an alert: one that was due, where one is."""
        return bool(self.due_s(rule) if self.play.alarm_s else self.fired_s(rule))


@dataclass(frozen=True)
class WatchedScene:
    """Who the pipeline saw in a scripted scene, frame by frame."""

    scene: alert_scenes.Scene
    people: list[People]


@dataclass(frozen=True)
class WatchedClip:
    """Who the pipeline saw in a looped clip, frame by frame."""

    name: str
    rate_fps: float
    people: list[People]


@dataclass(frozen=True)
class Score:
    """How a rule did on some scenes."""

    true: int
    caught: int
    false: int
    hours: float
    delays_s: tuple[float, ...]

    def as_row(self, name: str) -> dict[str, object]:
        """Return the figures as a row of the table."""
        delay = f"{np.median(self.delays_s):.1f} s" if self.delays_s else "none"
        return {
            "scenes": name,
            "worth an alert": self.true,
            "caught": self.caught,
            "false alerts": self.false,
            "false alerts an hour": f"{self.false / self.hours:.1f}",
            "median time from its start to the alert": delay,
        }


def judge(rule: AlertRule, watched: Sequence[WatchedScene]) -> Score:
    """Count what a rule catches in scenes and what it raises for nothing."""
    true, caught, false, delays_s = 0, 0, 0, []
    for each in watched:
        fired = fired_s(rule, each.people, alert_scenes.RATE_FPS)
        starts_s, latest_s = each.scene.true_starts_s(), rule.limits.hold_s + LATEST_S
        meant = [(s, f) for s in starts_s for f in fired if 0 <= f - s <= latest_s]
        true += len(starts_s)
        caught += len({start for start, _ in meant})
        false += len(set(fired) - {at_s for _, at_s in meant})
        delays_s += [at_s - start for start, at_s in meant]
    hours = len(watched) * alert_scenes.DURATION_S / 3600
    return Score(true, caught, false, hours, tuple(delays_s))


def crew_rows(rule: AlertRule, watched: Sequence[Watched]) -> list[dict[str, object]]:
    """Return a row per size and kind of crew: of n crews, in how many an alert fired, how late.

    `early` counts crews with an alert while all were calm still; `seen` those whose alarmed faces
    were found and read in at least half of the frames, `seen_fired` the alerts among these: what
    the others miss, the detector missed. `over` counts those that fired and whose alerts are over
    soon after all are calm again.
    """
    groups: dict[tuple[int, str], list[Watched]] = {}
    for each in watched:
        groups.setdefault((each.play.size, each.play.kind), []).append(each)
    rows: list[dict[str, object]] = []
    for (size, kind), of_it in sorted(groups.items()):
        delays_s = [
            due[0] - each.play.alarm_s[0]
            for each in of_it
            if each.play.alarm_s and (due := each.due_s(rule))
        ]
        from_s = of_it[0].play.alarm_s[0] if of_it[0].play.alarm_s else 0.0
        early = [each for each in of_it if any(s < from_s for s in each.fired_s(rule))]
        over = [each for each in of_it if each.has_fired(rule) and each.ends(rule)[1]]
        seen = [each for each in of_it if each.seen >= 0.5]
        rows.append(
            {
                "size": size,
                "kind": kind,
                "n": len(of_it),
                "fired": sum(each.has_fired(rule) for each in of_it),
                "early": len(early),
                "seen": len(seen),
                "seen_fired": sum(each.has_fired(rule) for each in seen),
                "delay_s_median": float(np.median(delays_s)) if delays_s else None,
                "over": len(over) if of_it[0].play.is_calm_again else None,
            }
        )
    return rows


def person_rows(rule: AlertRule, watched: Sequence[Watched]) -> list[dict[str, object]]:
    """Return a row per expression: of n minutes, in how many an alert fired.

    `calm_fired` counts those with one in the calm minute before or after.
    """
    rows: list[dict[str, object]] = []
    for shown in dict.fromkeys(each.play.kind for each in watched):
        of_it = [each for each in watched if each.play.kind == shown]
        middles = [_in_middle(each, rule) for each in of_it]
        others = [len(each.fired_s(rule)) - m for each, m in zip(of_it, middles, strict=True)]
        rows.append(
            {
                "shown": shown,
                "n": len(of_it),
                "fired": sum(map(bool, middles)),
                "calm_fired": sum(map(bool, others)),
            }
        )
    return rows


def clip_rows(rule: AlertRule, clips: Sequence[WatchedClip]) -> list[dict[str, object]]:
    """Return a row per clip: how often an alert fired, and the highest indicator."""
    return [
        {
            "clip": clip.name,
            "people": round(float(np.mean([len(each) for each in clip.people])), 1),
            "fired": len(fired_s(rule, clip.people, clip.rate_fps)),
            "peak": round(max(indicator(each.risen(rule.expressions)) for each in clip.people), 1),
        }
        for clip in clips
    ]


def fired_s(rule: AlertRule, people: Sequence[People], rate_fps: float) -> list[float]:
    """Return when a rule raised alerts in frames that come at a steady rate."""
    return [fired_at_s for fired_at_s, _ in alerts_s(rule, people, rate_fps)]


def alerts_s(
    rule: AlertRule, people: Sequence[People], rate_fps: float
) -> list[tuple[float, float]]:
    """Return when a rule raised alerts, and when they ended: infinity for one that is open."""
    engine = AlertEngine((rule,), lambda: "play")
    alerts: list[tuple[float, float]] = []
    is_open = False
    for number, each in enumerate(people):
        for change in engine.step("stage", Observation(each), number / rate_fps, NOON):
            phase, at_s = change.transition.change.phase, change.transition.at_s
            if phase == Phase.FIRING and not is_open:
                alerts.append((at_s, math.inf))
            if is_open and not phase.is_open:
                alerts[-1] = (alerts[-1][0], at_s)
            is_open = phase.is_open
    return alerts


def _in_middle(each: Watched, rule: AlertRule) -> int:
    third_s = each.play.lasts_s / 3
    return sum(third_s <= at_s < 2 * third_s + LATEST_S for at_s in each.fired_s(rule))
