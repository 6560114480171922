"""An alert that somebody plays to see that the whole chain works, though nothing is the matter."""

from collections import deque

from webapp.core.alert_engine import AlertChange
from webapp.core.alert_rules import TRUE, AlertRule, RuleKind
from webapp.core.alerts import Change, Limits, Transition

# Long enough to be seen on another screen, and to be acknowledged.
LASTS_S = 20.0
PLAYED = "it was a test"
# No stored rule has this number: no answer, silence or cooldown of a rule is of it.
PLAYED_RULE = AlertRule(
    id=0,
    name="Test alert",
    kind=RuleKind.TEST,
    limits=Limits(TRUE, TRUE, hold_s=0, clear_s=0),
    advice="nothing, this is a test that ends by itself",
)


class PlayedAlerts:
    """Begins the alerts that are asked for, and ends each when its time is over."""

    def __init__(self) -> None:
        """Prepare; none is played."""
        self._asked: deque[tuple[str, str]] = deque()
        self._playing: list[AlertChange] = []

    def ask(self, alert_id: str, camera: str) -> None:
        """Have one begin at the next step; called from any thread."""
        self._asked.append((alert_id, camera))

    def step(self, now_s: float) -> list[AlertChange]:
        """Return what began and what ended; a clock that is set back ends it, too.

        Args:
            now_s: UTC epoch.
        """
        over = [p for p in self._playing if not 0 <= now_s - p.transition.at_s < LASTS_S]
        self._playing = [played for played in self._playing if played not in over]
        begun = []
        while self._asked:
            alert_id, camera = self._asked.popleft()
            transition = Transition(alert_id, Change.FIRING, now_s, now_s, TRUE, TRUE)
            begun.append(AlertChange(PLAYED_RULE, camera, transition))
        self._playing += begun
        return [*(_ended(played, now_s) for played in over), *begun]


def _ended(played: AlertChange, now_s: float) -> AlertChange:
    began = played.transition
    ended = Transition(
        began.alert_id, Change.RESOLVED, now_s, began.since_s, TRUE, TRUE, reason=PLAYED
    )
    return AlertChange(played.rule, played.camera, ended)
