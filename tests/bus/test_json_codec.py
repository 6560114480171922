"""Both directions of every message, and peers of an older and a newer release."""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from webapp.bus.job_messages import JOB_MESSAGES
from webapp.bus.json_codec import MESSAGES, decode, encode, to_json
from webapp.bus.process_messages import PROCESS_MESSAGES
from webapp.core.alert_rules import RuleKind
from webapp.core.alerts import Phase
from webapp.core.analysis_results import (
    FaceRecord,
    HighestValue,
    PictureAnalysis,
    PictureRecord,
    RuleFigures,
    VideoAnalysis,
    VideoFigures,
    VideoPoints,
)
from webapp.core.answers import Answer
from webapp.core.bands import Band
from webapp.core.camera_state import CameraState
from webapp.core.errors import MessageError
from webapp.core.evidence import NO_EVIDENCE, Evidence
from webapp.core.jobs import FileKind, JobState, JobStatus, Progress
from webapp.core.limit_words import LimitMark, LimitWords
from webapp.core.messages import (
    Acknowledgement,
    AlertMessage,
    AlertNote,
    AlertRecord,
    CameraMessage,
    CamerasChanged,
    CountsMessage,
    LimitsMessage,
    Receiver,
    RecentPoint,
    RoomFace,
    RoomReadings,
    RulesChanged,
    SilencesChanged,
)
from webapp.core.stretches import Firing, Stretch

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOON_TEXT = "2026-03-02T12:00:00+00:00"
COUNTS = CountsMessage("door", NOON, 2, {"angry": 1, "uncertain": 1}, 40.0, 24.5, 30.0)
COUNTS_JSON = {
    "camera": "door",
    "at": NOON_TEXT,
    "faces": 2,
    "counts": {"angry": 1, "uncertain": 1},
    "indicator": 40.0,
    "analysis_fps": 24.5,
    "stream_fps": 30.0,
    "rising": 0,
    "band": "",
    "unread": 0,
    "is_reduced": False,
}
ALERT = AlertMessage(
    id="a1",
    camera="door",
    rule="Anger lasts",
    rule_id=1,
    kind=RuleKind.EXPRESSION,
    expressions=("angry", "fear"),
    state=Phase.FIRING,
    since=NOON,
    value=62.4,
    peak=70.0,
    evidence=Evidence(2, 4, 0.58, 64.0, 0.4, 12.0),
    advice="Go and ask.",
)
ALERT_JSON = {
    "id": "a1",
    "camera": "door",
    "rule": "Anger lasts",
    "rule_id": 1,
    "kind": "expression",
    "expressions": ["angry", "fear"],
    "state": "firing",
    "since": NOON_TEXT,
    "value": 62.4,
    "peak": 70.0,
    "reason": "",
    "people": 2,
    "in_view": 4,
    "rise": 0.58,
    "face_px": 64.0,
    "sharpness": 0.4,
    "turn_deg": 12.0,
    "counts_people": False,
    "advice": "Go and ask.",
}
# Half a pair of surrogates has no UTF-8, and comes back as it went.
NOTE = AlertNote("a1", "comment", "mira", "A rehearsal \ud83d", NOON)
NOTE_JSON = {
    "id": "a1",
    "change": "comment",
    "by": "mira",
    "text": "A rehearsal \ud83d",
    "at": NOON_TEXT,
}
STORED = {
    "fired_at": None,
    "resolved_at": None,
    "acknowledged": None,
    "silenced_until": None,
    "answer": None,
}
JOB = JobStatus(
    "j1", "crew.mp4", FileKind.VIDEO, 12, JobState.RUNNING, Progress(3, 0.3, None, None, 2.5), "u1"
)
JOB_JSON = {
    "id": "j1",
    "upload_id": "u1",
    "name": "crew.mp4",
    "kind": "video",
    "size_bytes": 12,
    "state": "running",
    "frames": 3,
    "time_s": 0.3,
    "duration_s": None,
    "share": None,
    "remaining_s": 2.5,
    "message": "",
    "expires_at": None,
    "expires_in_s": None,
}
FACE = FaceRecord((1, 2, 30, 40), "angry", False, 0.75, {"angry": 0.75, "happy": 0.25})
FACE_JSON = {
    "box_xyxy": [1, 2, 30, 40],
    "emotion": "angry",
    "uncertain": False,
    "confidence": 0.75,
    "probabilities": {"angry": 0.75, "happy": 0.25},
}
VIDEO = VideoAnalysis(
    ("angry", "uncertain"),
    VideoFigures(
        pictures=30,
        duration_s=3.0,
        faces_mean=1.0,
        faces_max=1,
        face_seconds={"angry": 3.0, "uncertain": 0.0},
        watched=("angry",),
        longest=Stretch(0.0, 3.0),
        highest=HighestValue(70.0, 0.1),
        alert=RuleFigures(True, 30.0, 1.0, (Firing(0.0, 1.0), Firing(2.0, 2.5, 3.0))),
    ),
    VideoPoints((0.05, 0.15), {"angry": (1.0, 0.0), "uncertain": (0.0, 0.0)}, (70.0, None)),
)
VIDEO_JSON = {
    "classes": ["angry", "uncertain"],
    "summary": {
        "pictures": 30,
        "duration_s": 3.0,
        "faces_mean": 1.0,
        "faces_max": 1,
        "face_seconds": {"angry": 3.0, "uncertain": 0.0},
        "watched": ["angry"],
        "longest": {"start_s": 0.0, "end_s": 3.0},
        "highest": {"indicator": 70.0, "at_s": 0.1},
        "alert": {
            "is_judged": True,
            "enter": 30.0,
            "hold_s": 1.0,
            "firings": [
                {"since_s": 0.0, "fired_at_s": 1.0, "resolved_at_s": None},
                {"since_s": 2.0, "fired_at_s": 2.5, "resolved_at_s": 3.0},
            ],
        },
    },
    "points": {
        "at_s": [0.05, 0.15],
        "counts": {"angry": [1.0, 0.0], "uncertain": [0.0, 0.0]},
        "indicator": [70.0, None],
    },
}
TABLE = [
    (COUNTS, COUNTS_JSON),
    (
        replace(COUNTS, rising=1, band=Band.RAISED),
        COUNTS_JSON | {"rising": 1, "band": "raised"},
    ),
    (
        replace(COUNTS, faces=None, counts=None, suppressed=True),
        COUNTS_JSON | {"faces": None, "counts": None, "suppressed": True},
    ),
    (RecentPoint(NOON, 2, 40.0), {"at": NOON_TEXT, "faces": 2, "indicator": 40.0}),
    (
        CameraMessage("door", CameraState.PAUSED, NOON),
        {"camera": "door", "state": "paused", "since": NOON_TEXT},
    ),
    (
        LimitsMessage("door", LimitWords((LimitMark(15.0, "alerts from 15"),), "Only at night.")),
        {
            "camera": "door",
            "limits": {
                "marks": [{"at": 15.0, "words": "alerts from 15"}],
                "sentence": "Only at night.",
            },
        },
    ),
    (replace(COUNTS, unread=2), COUNTS_JSON | {"unread": 2}),
    (ALERT, ALERT_JSON),
    (replace(ALERT, counts_people=True), ALERT_JSON | {"counts_people": True}),
    (
        replace(ALERT, evidence=NO_EVIDENCE),
        ALERT_JSON
        | {"people": 0, "in_view": 0, "rise": 0.0}
        | dict.fromkeys(("face_px", "sharpness", "turn_deg")),
    ),
    (NOTE, NOTE_JSON),
    (AlertRecord(**vars(ALERT)), ALERT_JSON | STORED | {"notes": []}),
    (
        AlertRecord(
            **vars(ALERT),
            fired_at=NOON,
            acknowledged=Acknowledgement("mira", NOON),
            notes=(NOTE,),
            answer=Answer.WAS_NOT,
        ),
        ALERT_JSON
        | STORED
        | {
            "fired_at": NOON_TEXT,
            "acknowledged": {"by": "mira", "at": NOON_TEXT},
            "notes": [NOTE_JSON],
            "answer": "was_not",
        },
    ),
    (CamerasChanged(), {}),
    (
        RoomReadings("class", {"a": (RoomFace((0.0, 0.1, 0.5, 0.6), "happy", 0.9),)}, 5.0),
        {
            "camera": "class",
            "faces": {
                "a": [{"box_xyxy": [0.0, 0.1, 0.5, 0.6], "label": "happy", "probability": 0.9}]
            },
            "fps": 5.0,
        },
    ),
    (RulesChanged(), {}),
    (SilencesChanged(), {}),
    (JOB, JOB_JSON),
    (
        replace(JOB, state=JobState.DONE, expires_at=NOON, expires_in_s=60.0),
        JOB_JSON | {"state": "done", "expires_at": NOON_TEXT, "expires_in_s": 60.0},
    ),
    (
        PictureAnalysis(PictureRecord("crew.jpg", 640, 480, (FACE,)), ("angry", "happy")),
        {
            "record": {"path": "crew.jpg", "width": 640, "height": 480, "faces": [FACE_JSON]},
            "classes": ["angry", "happy"],
        },
    ),
    (VIDEO, VIDEO_JSON),
    (Receiver("0123", "ntfy://ntfy.example"), {"key": "0123", "label": "ntfy://ntfy.example"}),
]
BY_NAME = [f"{type(message).__name__}-{place}" for place, (message, _) in enumerate(TABLE)]


@pytest.mark.parametrize(("message", "payload"), TABLE, ids=BY_NAME)
def test_browsers_get_the_keys_of_the_contract(message, payload):
    written = to_json(message)
    assert written == payload
    assert json.loads(json.dumps(written, allow_nan=False)) == payload


@pytest.mark.parametrize(("message", "_"), TABLE, ids=BY_NAME)
def test_another_process_reads_what_was_written(message, _):
    read = decode(encode(message))
    assert read == message
    assert type(read) is type(message)


def test_the_table_holds_every_message():
    assert {type(message) for message, _ in TABLE} == set(MESSAGES) - {
        *PROCESS_MESSAGES,
        *JOB_MESSAGES,
    }
    assert len({message.event for message in MESSAGES}) == len(MESSAGES)


def test_text_comes_back_as_what_it_means():
    read = decode(encode(ALERT))
    assert read.state.is_open and read.expressions == ("angry", "fear")
    job = decode(encode(JOB))
    assert isinstance(job.progress, Progress) and not job.is_over


def test_times_are_written_in_utc():
    at = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert to_json(replace(COUNTS, at=at)) == COUNTS_JSON
    with pytest.raises(ValueError, match="without an offset"):
        to_json(replace(COUNTS, at=NOON.replace(tzinfo=None)))


def changed(message, body=None, gone=(), **envelope):
    """Return what a peer of another release would send."""
    sent = json.loads(encode(message)) | envelope
    sent["body"] = {k: v for k, v in (sent["body"] | (body or {})).items() if k not in gone}
    return json.dumps(sent).encode()


def test_an_unknown_field_of_a_newer_peer_is_ignored():
    assert decode(changed(COUNTS, {"mood": "bright", "weather": [2]})) == COUNTS
    known = {"people": 2, "in_view": 4, "face_px": None, "masked": 1}
    read = decode(changed(ALERT, {"evidence": known}))
    assert read == replace(ALERT, evidence=Evidence(2, 4))
    nested = {"progress": {"frames": 3, "time_s": 0.3, "remaining_s": 2.5, "speed": 4}}
    assert decode(changed(JOB, nested)) == JOB


def test_a_missing_field_of_an_older_peer_gets_its_default():
    assert decode(changed(ALERT, gone=["reason", "counts_people"])) == ALERT
    assert decode(changed(COUNTS, gone=["suppressed", "rising", "band"])) == COUNTS
    assert decode(changed(AlertRecord(**vars(ALERT)), gone=STORED)) == AlertRecord(**vars(ALERT))
    assert decode(changed(ALERT, version=0)) == ALERT
    assert decode(changed(COUNTS, gone=["unread"])) == COUNTS
    assert decode(changed(ALERT, gone=["evidence"])) == replace(ALERT, evidence=NO_EVIDENCE)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "expected JSON with event, version and body"),
        (b"[" * 10_000, "expected JSON"),
        (b"\xff", "expected JSON"),
        (b'"counts"', "expected JSON"),
        (b'{"event": [], "version": 1, "body": {}}', "expected a message among"),
        (b"{}", "expected JSON"),
        (changed(COUNTS, event="moods"), "got 'moods'. Let every process run the same release"),
        (changed(COUNTS, version=2), "counts: expected a version up to 1, got 2"),
        (changed(COUNTS, version="1"), "got '1'"),
        (changed(COUNTS, version=True), "got True"),
        (changed(COUNTS, {"indicator": 10**400}), "counts.indicator: expected a finite number"),
        (changed(COUNTS, {"indicator": "x"}), "counts.indicator: expected float"),
        (changed(COUNTS, {"indicator": math.nan}), "expected JSON"),
        (encode(COUNTS).replace(b'"analysis_fps":', b'"analysis_fps":1e999,"x":'), "finite"),
        (changed(COUNTS, gone=["at"]), "counts.at: expected a value, got none"),
        (changed(COUNTS, {"at": "noon"}), "counts.at: expected an ISO 8601 time"),
        (changed(COUNTS, {"at": "2026-03-02T12:00"}), "counts.at: expected an ISO 8601 time"),
        (changed(COUNTS, {"at": 5}), "counts.at: expected an ISO 8601 time"),
        (changed(COUNTS, {"faces": True}), "counts.faces: expected int, got True"),
        (changed(COUNTS, {"counts": {"angry": "1"}}), "counts.counts: expected int, got '1'"),
        (changed(COUNTS, {"counts": [1]}), "counts.counts: expected"),
        (changed(COUNTS, {"camera": None}), "counts.camera: expected str, got None"),
        (changed(ALERT, {"state": "dozing"}), "alert.state: expected one of normal, pending"),
        (changed(ALERT, {"expressions": "angry"}), "alert.expressions: expected"),
        (
            changed(AlertRecord(**vars(ALERT)), {"answer": "perhaps"}),
            "alert_record.answer: expected one of was, was_not, cannot_tell, got 'perhaps'",
        ),
        (changed(JOB, {"progress": 3}), "analysis.progress: expected Progress, got 3"),
        (json.dumps({"event": "counts", "version": 1, "body": []}).encode(), "expected Counts"),
    ],
)
def test_what_cannot_be_read_is_named(data, named):
    with pytest.raises(MessageError) as caught:
        decode(data)
    assert named in str(caught.value)
