"""Plays scripted crews through the whole pipeline and counts alerts caught, missed and false.

python -m benchmarks.alerts [--json FILE] [--choose]

`--choose` tries many limits on the scenes that are not set aside and names the best; without it the
defaults are measured, on both halves.
"""

import argparse
import json
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks.alert_scenes import DURATION_S, RATE_FPS, Scene, Stage, scenes
from benchmarks.clips import table
from webapp.cameras.analysis import FaceModels, FrameAnalyser
from webapp.config import Settings
from webapp.core.alert_engine import AlertEngine
from webapp.core.alert_rules import AlertRule, Observation
from webapp.core.alerts import Limits
from webapp.core.frame import Frame
from webapp.core.rates import Durations
from webapp.demo.timeline import read_timeline
from webapp.serving.models import load_models
from webapp.vision.backends import use_one_core

NOON = datetime(2026, 3, 2, 12)
ENTERS, GAPS, HOLDS, CLEARS = range(15, 51, 2), (5, 7, 10), (10, 15), (5, 10)
# An alert may fire so long after the hold time and still be the one that was meant.
LATEST_S = 10.0


@dataclass(frozen=True)
class Watched:
    """What the pipeline sighted in a scene, frame by frame."""

    scene: Scene
    observations: list[Observation]


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


def main() -> None:
    """Play every scene once, then judge rules by what was sighted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    watched = watch_all()
    chosen = [each for each in watched if not each.scene.is_set_aside]
    aside = [each for each in watched if each.scene.is_set_aside]
    if options.choose:
        for limits, score in best_limits(chosen)[:10]:
            print(limits, score.caught, score.true, score.false)
    rule = rule_with(default_limits())
    rows = [judge(rule, chosen).as_row("chosen by"), judge(rule, aside).as_row("set aside")]
    print(f"{len(watched)} scenes of {DURATION_S} s; {rule.limits}")
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


def watch_all() -> list[Watched]:
    """Play every scene through detector, crop, network, tracking and smoothing."""
    use_one_core()
    models = load_models(Settings())
    stage = Stage(read_timeline().people)
    return [Watched(scene, _observations(scene, stage, models)) for scene in scenes()]


def default_limits() -> Limits:
    """Return the limits that the settings seed."""
    return Limits(
        Settings.alert_enter, Settings.alert_exit, Settings.alert_hold_s, Settings.alert_clear_s
    )


def rule_with(limits: Limits) -> AlertRule:
    """Return the rule that the settings seed, with these limits."""
    return AlertRule(1, "lasts", "expression", limits, expressions=Settings.alert_emotions)


def judge(rule: AlertRule, watched: list[Watched]) -> Score:
    """Count what a rule catches and what it raises for nothing."""
    true, caught, false, delays_s = 0, 0, 0, []
    for each in watched:
        fired_s, starts_s = _fired_s(rule, each.observations), each.scene.true_starts_s()
        latest_s = rule.limits.hold_s + LATEST_S
        meant = [(s, f) for s in starts_s for f in fired_s if 0 <= f - s <= latest_s]
        true += len(starts_s)
        caught += len({start for start, _ in meant})
        false += len(set(fired_s) - {fired for _, fired in meant})
        delays_s += [fired - start for start, fired in meant]
    return Score(true, caught, false, len(watched) * DURATION_S / 3600, tuple(delays_s))


def best_limits(watched: list[Watched]) -> list[tuple[Limits, Score]]:
    """Rank limits: caught less false first, then the middle of those that do as well."""
    grid = product(ENTERS, GAPS, HOLDS, CLEARS)
    tried = [Limits(enter, enter - gap, hold, clear) for enter, gap, hold, clear in grid]
    scored = [(limits, judge(rule_with(limits), watched)) for limits in tried]
    best = max(score.caught - score.false for _, score in scored)
    good = [(limits, score) for limits, score in scored if score.caught - score.false == best]
    middle = np.median([limits.enter for limits, _ in good])
    return sorted(good, key=lambda pair: abs(pair[0].enter - middle))


def _observations(scene: Scene, stage: Stage, models: FaceModels) -> list[Observation]:
    analyser = FrameAnalyser(models, Durations())
    return [
        Observation(analyser.step(Frame(image, number / RATE_FPS, number)).predictions)
        for number, image in enumerate(stage.play(scene))
    ]


def _fired_s(rule: AlertRule, observations: list[Observation]) -> list[float]:
    engine = AlertEngine((rule,), lambda: "scene")
    fired_s: list[float] = []
    is_open = False
    for number, observation in enumerate(observations):
        for change in engine.step("stage", observation, number / RATE_FPS, NOON):
            if change.transition.change == "firing" and not is_open:
                fired_s.append(change.transition.at_s)
            is_open = change.transition.change in ("firing", "recovering")
    return fired_s


if __name__ == "__main__":
    main()
