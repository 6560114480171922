"""Both directions of what processes say to each other, and peers of other releases."""

import json
from dataclasses import MISSING, fields

import pytest

from tests.bus.test_json_codec import ALERT, FACE, JOB, NOON, VIDEO
from webapp.bus.job_messages import (
    JOB_MESSAGES,
    ExportResult,
    FindGoingOn,
    FindJob,
    FindJobs,
    FindPreview,
    FindResult,
    ForgetJob,
    GoingOnFound,
    JobsFound,
    ReadFile,
    ResultFound,
    SenderLeft,
)
from webapp.bus.json_codec import decode, encode
from webapp.bus.process_messages import (
    PROCESS_MESSAGES,
    AddressLabelled,
    AlertPlayed,
    Alive,
    Beat,
    Done,
    Failed,
    FollowDatabase,
    Glance,
    Hello,
    LabelAddress,
    LeaveRoom,
    MemoryOpened,
    PauseCamera,
    PictureSent,
    PictureShown,
    PlayTest,
    PutPicture,
    ReadRules,
    RecentPoints,
    ResumeCamera,
    SendTest,
    SetCameras,
    SourceTried,
    Stop,
    TakePicture,
    TrySource,
    Watch,
)
from webapp.core.alert_rules import RuleKind
from webapp.core.analysis_results import PictureAnalysis, PictureRecord
from webapp.core.camera_setup import CameraSetup
from webapp.core.camera_state import CameraState, SourceKind
from webapp.core.camera_status import CameraStatus, Readiness
from webapp.core.delays import Delays
from webapp.core.errors import MessageError
from webapp.core.jobs import OwnedJob
from webapp.core.messages import RecentPoint
from webapp.core.picture_quality import PictureQuality
from webapp.core.process_report import (
    FiredAlerts,
    JobWork,
    Outcome,
    ProcessReport,
    ProcessUse,
    RecordWork,
)

STATUS = CameraStatus(
    "door",
    CameraState.LIVE,
    NOON,
    SourceKind.URL,
    "",
    9.5,
    10.0,
    1,
    3,
    stream_delays=Delays((1, 2), 0.5, 0.1),
)
READY = Readiness({"camera": False, "model": True}, {"camera": "door: it is silent"})
PICTURE = PictureAnalysis(PictureRecord("crew.jpg", 640, 480, (FACE,)), ("angry", "happy"))
SETUP = CameraSetup("door", "Door", None, 90, True, (((0.0, 0.5), (1.0, 0.5), (0.5, 1.0)),), 960)
RECORDS = RecordWork(1, 2, 3, (FiredAlerts("door", RuleKind.NO_DATA, 4),), {Outcome.DELIVERED: 5})
EXAMPLES = [
    Alive(ProcessReport(ProcessUse(5_000_000, 1.5), jobs=JobWork(2, 1))),
    Beat((STATUS,), READY, (ALERT,), "full", 2, ProcessReport(records=RECORDS), {"door": 7}),
    Done(1),
    ExportResult(1, 7, "j1", "csv"),
    Failed(1, "SourceError", "it is silent"),
    FindJob(1, 7, "j1"),
    FindJobs(1, 7),
    FindPreview(1, 7, "j1"),
    FindResult(1, 7, "j1"),
    ForgetJob(1, 7, "j1"),
    Hello(),
    LabelAddress(1, "ntfy://x"),
    AddressLabelled(1, "ntfy://x"),
    PlayTest(1, "door"),
    AlertPlayed(1, "a1"),
    OwnedJob(7, JOB),
    FindGoingOn(1),
    GoingOnFound(1, (OwnedJob(7, JOB),)),
    JobsFound(1, (JOB,)),
    MemoryOpened("door"),
    PauseCamera(1, "door", NOON),
    PictureSent("door", PictureQuality(320, 50)),
    PictureShown("door", 5),
    FollowDatabase(1),
    PutPicture("class", "a", 640, 360),
    LeaveRoom("class", "a"),
    ReadFile(1, 7, "crew.mp4", "u1"),
    ReadRules(1),
    RecentPoints("door", (RecentPoint(NOON, 2, 40.0),)),
    ResultFound(1, PICTURE, None),
    ResultFound(1, None, VIDEO),
    ResumeCamera(1, "door"),
    SendTest(1, "k"),
    SetCameras((SETUP,), ("hall",)),
    SourceTried(1, 640, 480, 12.5),
    TrySource(1, "rtsp://camera"),
    SenderLeft(1),
    Stop(),
    Glance(1, "demo", PictureQuality(320, 50)),
    TakePicture(1, "door"),
    Watch("door", True, PictureQuality(640, 70)),
]


def test_the_examples_hold_every_message():
    assert {type(message) for message in EXAMPLES} == {*PROCESS_MESSAGES, *JOB_MESSAGES}


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: message.event)
def test_the_other_side_reads_it_also_from_a_newer_release(message):
    assert decode(encode(message)) == message
    newer = json.loads(encode(message))
    newer["body"]["mood"] = "bright"
    assert decode(json.dumps(newer).encode()) == message


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: message.event)
def test_an_older_release_that_misses_a_field_and_a_later_version_are_refused(message):
    later = json.loads(encode(message)) | {"version": message.version + 1}
    with pytest.raises(MessageError, match="Update this process"):
        decode(json.dumps(later).encode())
    needed = [f.name for f in fields(message) if f.default is f.default_factory is MISSING]
    for name in needed:
        older = json.loads(encode(message))
        del older["body"][name]
        with pytest.raises(MessageError, match="expected a value, got none"):
            decode(json.dumps(older).encode())
