"""What a message says of an alert, field by field, for receivers with a template of their own."""

from typing import TYPE_CHECKING

from webapp.core.utc import from_epoch_s, iso_utc

if TYPE_CHECKING:
    # Not for the process that delivers messages: it brings NumPy.
    from webapp.core.alert_engine import AlertChange

# None where nothing is known, or nothing can be.
Field = str | float | int | None
Fields = dict[str, Field]
# Every field there is, with an example.
EXAMPLE: Fields = {
    "id": "5f0c3a/firing",
    "alert": "5f0c3a",
    "title": "Firing: Anger lasts (Line 3)",
    "text": 'Camera: Line 3\nWhat to do: go and ask, "how is it going?"',
    "state": "firing",
    "kind": "expression",
    "rule": "Anger lasts",
    "camera": "line-3",
    "camera_title": "Line 3",
    "expressions": "angry, fear",
    "value": 41.5,
    "peak": 47.0,
    "people": 2,
    "in_view": 5,
    "began": "2026-11-20T14:00:00+00:00",
    "at": "2026-11-20T14:00:15+00:00",
    "reason": "",
    "advice": "go and ask",
    "link": "https://evenkeel.example/alerts/5f0c3a",
}


def fields_of(change: "AlertChange", camera_title: str, title: str, text: str, link: str) -> Fields:
    """Return the fields of a change of an alert.

    Args:
        camera_title: what people call the camera.
        title: of the message that others get.
        text: its body.
        link: of the alert's page; "" where nobody knows it.
    """
    rule, transition = change.rule, change.transition
    is_counted = transition.evidence.in_view > 0
    return {
        "id": f"{transition.alert_id}/{transition.change}",
        "alert": transition.alert_id,
        "title": title,
        "text": text,
        "state": str(transition.change),
        "kind": str(rule.kind),
        "rule": rule.name,
        "camera": change.camera,
        "camera_title": camera_title,
        "expressions": ", ".join(rule.expressions),
        "value": round(transition.value, 1),
        "peak": round(transition.peak, 1),
        "people": transition.evidence.people if is_counted else None,
        "in_view": transition.evidence.in_view if is_counted else None,
        "began": iso_utc(from_epoch_s(transition.since_s)),
        "at": iso_utc(from_epoch_s(transition.at_s)),
        "reason": transition.reason,
        "advice": rule.advice,
        "link": link,
    }


def plain_fields(key: str, title: str, text: str) -> Fields:
    """Return the fields of which nothing but key, title and text is known.

    Args:
        key: alert and state, as `Message.key` writes them.
    """
    alert, _, state = key.partition("/")
    known = {"id": key, "alert": alert, "state": state, "title": title, "text": text}
    return dict.fromkeys(EXAMPLE) | known
