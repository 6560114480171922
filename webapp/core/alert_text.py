"""The text of a notification, for somebody who does not see the page."""

from datetime import tzinfo

from webapp.core.alert_engine import AlertChange
from webapp.core.alert_rules import RuleKind
from webapp.core.alerts import Change
from webapp.core.utc import from_epoch_s

CAUTION = "Readings of faces are weak evidence of feelings: look, and ask."

TEST = "This is a test. Nothing happened; somebody tried an alert."


def alert_url(public_url: str, alert_id: str) -> str:
    """Return where a browser finds an alert's page; "" where nobody knows the server's address."""
    return f"{public_url}/alerts/{alert_id}" if public_url else ""


def title(change: AlertChange, camera: str) -> str:
    """Return one line: what happened, to which rule, at a camera that is called so."""
    if change.rule.kind == RuleKind.TEST:
        is_over = change.transition.change == Change.RESOLVED
        return f"This is a test: {'over' if is_over else 'firing'} ({camera})"
    state = "Resolved" if change.transition.change == Change.RESOLVED else "Firing"
    return f"{state}: {change.rule.name} ({camera})"


def body(change: AlertChange, camera: str, zone: tzinfo, url: str = "") -> str:
    """Return the particulars; by the last line a receiver recognises repeats.

    Never a person: camera, expressions, value, times and what to do are all there is to say.

    Args:
        camera: what people call it.
        zone: of the times.
        url: of the alert's page; "" leaves it out.
    """
    rule, transition = change.rule, change.transition
    lines = [f"Camera: {camera}"]
    if rule.kind == RuleKind.TEST:
        lines.insert(0, TEST)
    if rule.advice and transition.change != Change.RESOLVED:
        lines.append(f"What to do: {rule.advice}")
    if rule.kind == RuleKind.EXPRESSION:
        lines.append(f"Expressions: {', '.join(rule.expressions)}")
        # A rule that counts people compares another value than the indicator.
        what = "Risen, as many as the rule asks for" if rule.counts_people else "Indicator"
        if transition.change == Change.RESOLVED:
            lines.append(f"{what}, highest: {transition.peak:.0f} of 100")
        else:
            lines.append(f"{what}: {transition.value:.0f} of 100 (peak {transition.peak:.0f})")
        seen = transition.evidence.words(transition.at_s - transition.since_s)
        lines += [f"Rests on: {seen}"] if seen else []
    lines.append(f"Since: {_clock(transition.since_s, zone)}")
    if transition.change == Change.RESOLVED:
        lines.append(f"Until: {_clock(transition.at_s, zone)}")
    if transition.reason:
        lines.append(f"Because {transition.reason}.")
    if rule.kind == RuleKind.EXPRESSION:
        lines.append(CAUTION)
    if url:
        lines.append(url)
    return "\n".join([*lines, f"alert {transition.alert_id}/{transition.change}"])


def _clock(epoch_s: float, zone: tzinfo) -> str:
    return from_epoch_s(epoch_s).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")
