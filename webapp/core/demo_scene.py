"""What the demo clip will show that is worth an alert, and when the alert comes."""

from dataclasses import dataclass

from webapp.core.alert_rules import AlertRule

# How people look; every other expression is its own adjective.
LOOKS = {"fear": "afraid", "surprise": "surprised", "disgust": "disgusted"}


@dataclass(frozen=True)
class DemoScene:
    """The longest time in which several people show the same watched expression.

    Attributes:
        loop_s: how long the clip is.
        from_s: when it begins, in each loop; in between faces change.
        until_s: when it ends.
        people: how many show it.
        in_view: how many people there are.
    """

    loop_s: float
    from_s: float
    until_s: float
    expression: str
    people: int
    in_view: int

    @property
    def looks(self) -> str:
        """How they look, in a word."""
        return LOOKS.get(self.expression, self.expression)


def fires_after_s(scene: DemoScene, rule: AlertRule | None) -> float | None:
    """Return how long after its beginning a scene makes a rule fire; None where it does not.

    Args:
        rule: by whose limits the camera is judged, see `bands.limiting_rule`.
    """
    if rule is None or scene.expression not in rule.expressions or rule.min_faces > scene.in_view:
        return None
    if rule.counts_people:
        is_enough = scene.people >= max(rule.least_people, rule.least_share * scene.in_view)
    else:
        is_enough = 100 * scene.people / scene.in_view >= rule.limits.enter
    lasts_s = scene.until_s - scene.from_s
    return rule.limits.hold_s if is_enough and rule.limits.hold_s < lasts_s else None
