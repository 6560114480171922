"""Plays crews through the whole pipeline, from picture to alert: caught, missed and false alerts.

python -m benchmarks.alerts [--faces DIR [--crews N]] [--people DIR] [--clips DIR] [--choose]
    [--json FILE]

--faces   class folders of real faces, a face a person (`benchmarks.majority_faces` makes them)
--people  a folder a person, with class folders in each: the same face at rest and otherwise
--clips   videos of calm people, looped to ten minutes
--choose  also tries many rules on the half that is not set aside, and prints what each would do

The scripted crews of the demo clip's faces are played always. Every second face, person and script
is set aside: `--choose` does not see it.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path

from benchmarks import alert_scenes, real_crews
from benchmarks.alert_scores import CLIP_S, Watched, clip_rows, crew_rows, judge, person_rows
from benchmarks.alert_watching import watch, watch_clips, watch_scenes
from benchmarks.clips import table
from webapp.config import Settings
from webapp.core.alert_rules import AlertRule
from webapp.serving.expression_rule import expression_rule

RowsOf = Callable[[AlertRule, Sequence[Watched]], list[dict[str, object]]]

ENTERS = (10, 12, 15, 18, 20, 22, 25, 30, 35, 40, 45)
EXITS = (5, 8, 10, 12, 15, 18, 20, 22, 25)
# The mean of all, and how far at least so many people (first) or such a share (second) rose.
FORMS = {"mean": (0, 0.0), "one person": (1, 0.0), "a third": (1, 1 / 3), "half": (1, 1 / 2)}


def main() -> None:
    """Play everything once, then judge rules by what was observed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--faces", type=Path)
    parser.add_argument("--crews", type=int, default=20, help="calm crews of each size and half")
    parser.add_argument("--people", type=Path)
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rule = expression_rule(Settings())
    print(f"rule: {rule.limits}, {rule.least_people=}, {rule.least_share=}\n")
    result: dict[str, object] = {"rule": asdict(rule.limits) | _form(rule)}
    if options.faces:
        crews = watch(real_crews.all_crews(options.faces, options.crews))
        result |= _report("crews", crews, crew_rows, rule, options.choose)
    if options.people:
        people = watch(real_crews.person_plays(options.people))
        result |= _report("people", people, person_rows, rule, options.choose)
    if options.clips:
        clips = watch_clips(sorted(options.clips.glob("*.mp4")), CLIP_S)
        result["clips"] = clip_rows(rule, clips)
        print(f"clips, looped to {CLIP_S / 60:.0f} minutes\n{table(result['clips'])}\n")
    scenes = watch_scenes(alert_scenes.scenes())
    rows = [
        judge(rule, [each for each in scenes if each.scene.is_set_aside == aside]).as_row(name)
        for name, aside in (("chosen by", False), ("set aside", True))
    ]
    result["demo"] = rows
    print(f"{len(scenes)} scripted scenes of the demo clip's faces\n{table(rows)}")
    if options.json:
        options.json.write_text(json.dumps(result, indent=1, default=str) + "\n")


def _report(
    name: str, watched: Sequence[Watched], rows_of: RowsOf, rule: AlertRule, choose: bool
) -> dict[str, object]:
    """Print the figures of both halves; returns those of the half set aside under `name`."""
    chosen_by = [each for each in watched if not each.play.is_set_aside]
    aside = [each for each in watched if each.play.is_set_aside]
    halves = {"chosen by": rows_of(rule, chosen_by), "set aside": rows_of(rule, aside)}
    for words, rows in halves.items():
        print(f"{name}, {words}\n{table(rows) if rows else 'none'}\n", flush=True)
    if choose:
        _print_curves(chosen_by, rule)
        _print_ends(chosen_by, rule)
    return {name: halves["set aside"], f"{name}_chosen_by": halves["chosen by"]}


def _print_curves(watched: Sequence[Watched], rule: AlertRule) -> None:
    """Print false against caught alerts for every form and limit, with resting levels and without.

    Without, a rise is the plain probability.
    """
    rows = []
    subjects = {"own": watched, "none": [each.without_rests() for each in watched]}
    for (form, (people, share)), rest, enter in product(FORMS.items(), subjects, ENTERS):
        limits = replace(rule.limits, enter=enter, exit=min(rule.limits.exit, enter))
        tried = replace(rule, limits=limits, least_people=people, least_share=share)
        fired = _fired_shares(tried, subjects[rest])
        rows.append({"form": form, "rest": rest, "from": enter} | fired)
    print(table(rows) + "\n", flush=True)


def _print_ends(watched: Sequence[Watched], rule: AlertRule) -> None:
    """Print how alerts end, of those that fired and whose crews are calm again, for every limit."""
    until_calm = [each for each in watched if each.play.is_calm_again and each.has_fired(rule)]
    rows = []
    for below in (each for each in EXITS if each <= rule.limits.enter):
        tried = replace(rule, limits=replace(rule.limits, exit=below))
        ends = [each.ends(tried) for each in until_calm]
        cut, over = (sum(which) for which in zip(*ends, strict=True)) if ends else (0, 0)
        rows.append({"ends below": below, "n": len(ends), "too soon": cut, "in time": over})
    print(table(rows) + "\n", flush=True)


def _fired_shares(rule: AlertRule, watched: Sequence[Watched]) -> dict[str, str]:
    kinds: dict[str, list[bool]] = {}
    for each in watched:
        group = "alone" if each.play.size == 1 else "crews"
        kinds.setdefault(f"{each.play.kind}, {group}", []).append(each.has_fired(rule))
    return {kind: f"{sum(f) / len(f):.1%}" for kind, f in sorted(kinds.items())}


def _form(rule: AlertRule) -> dict[str, float]:
    return {"least_people": rule.least_people, "least_share": rule.least_share}


if __name__ == "__main__":
    main()
