from tests.files.readings import CLASSES, video_frame
from webapp.core.alert_rules import AlertRule
from webapp.core.alerts import Limits
from webapp.files.video_summary import VideoSummary

RULE = AlertRule(
    0, "angry lasts", "expression", Limits(60, 40, hold_s=1.0, clear_s=0.5), expressions=("angry",)
)


def summary_of(*angry: tuple[float, ...], interval_s: float = 0.5) -> list[str]:
    """Return the lines about a frame per half a second."""
    summary = VideoSummary(CLASSES, RULE)
    for number, faces in enumerate(angry):
        summary.step(video_frame(number, faces, time_s=number * interval_s).analysed)
    summary.close(interval_s)
    return summary.lines()


def test_the_lines_about_a_video():
    calm, angry, both = (0.1,), (0.9,), (0.9, 0.5)
    assert summary_of(calm, angry, both, angry, angry, calm, calm, calm) == [
        "0:04.0 in 8 analysed frames; 1.1 faces in view on average, 2 at most",
        "expression   face time  share",
        "angry           0:02.0    44%",
        "happy           0:02.0    44%",
        "uncertain       0:00.5    11%",
        "longest stretch with angry in view: 1.5 s, 0:00.5 to 0:02.0",
        "alert: would have fired once, at 0:01.5 (since 0:00.5, resolved at 0:03.0)",
    ]


def test_a_video_without_faces():
    assert summary_of(()) == [
        "0:00.5 in 1 analysed frame; 0.0 faces in view on average, 0 at most",
        "expression   face time  share",
        "angry           0:00.0     0%",
        "happy           0:00.0     0%",
        "uncertain       0:00.0     0%",
        "nobody was read as angry",
        "alert: would not have fired (it needs an indicator of 60 for 1 s; the highest was 0.0 at "
        "0:00.0)",
    ]


def test_two_alerts_the_last_still_open():
    calm, angry = [(0.1,)] * 3, [(0.9,)] * 3
    assert summary_of(*angry, *calm, *angry)[-1] == (
        "alert: would have fired 2 times, first at 0:01.0 (since 0:00.0, resolved at 0:02.0)"
    )
    assert summary_of(*angry)[-1].endswith("once, at 0:01.0 (since 0:00.0, still open at the end)")


def test_frames_too_far_apart_for_an_alert():
    line = summary_of(*[(0.9,)] * 5, interval_s=4.0)[-1]
    assert line.startswith("alert: not judged, since 4.0 s lie between two frames")
