from dataclasses import replace
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.alert_scores import Watched, crew_rows, person_rows
from benchmarks.real_crews import (
    ALARMING,
    CALM,
    CREW_S,
    PICTURE_WH,
    RATE_FPS,
    Act,
    Camera,
    Play,
    crews,
    halves,
)
from tests.people import risen
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.core.faces import Faces

CLASSES = ("angry", "neutral")
RULE = AlertRule(1, "lasts", RuleKind.EXPRESSION, Limits(15, 10, 15, 10), expressions=("angry",))


class SeesAll:
    """Finds a face in every picture that is not black."""

    name = "fake"

    def detect(self, image_bgr: np.ndarray, width_px: int | None = None) -> Faces:
        return Faces.from_boxes(np.zeros((int(image_bgr.max() > 0), 4)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name in (*ALARMING, *CALM):
        (tmp_path / name).mkdir()
        for number in range(8):
            image = rng.integers(0, 256, (48, 48), np.uint8) * (number > 0)
            cv2.imwrite(str(tmp_path / name / f"{number}.png"), image)
    return tmp_path


def test_what_is_set_aside_is_in_no_crew_that_chooses(folder):
    played = []
    for half in halves(folder, SeesAll()):
        plays = list(crews(half, 2))
        assert plays == list(crews(half, 2))
        assert {play.is_set_aside for play in plays} == {half.is_set_aside}
        played.append({act.picture for play in plays for act in play.acts})
        for play, now_s in product(plays, (10, 70, 130)):
            at_once = [act for act in play.acts if act.is_on(now_s)]
            assert len({act.seat for act in at_once}) == len(at_once)
            assert len(at_once) == (play.size if now_s < play.lasts_s else 0)
            from_s, until_s = play.alarm_s or (0.0, 0.0)
            alarmed = max(1, play.size // 2) if from_s <= now_s < until_s else 0
            assert sum(act.picture.parent.name in ALARMING for act in at_once) == alarmed
    assert not played[0] & played[1]
    assert not any(path.stem == "0" for path in played[0] | played[1]), "no face is found in it"


def test_a_camera_shows_faces_where_they_sit(folder):
    act = Act(0, folder / "happy" / "1.png", 0.0, 1.0)
    play = Play("calm", 1, (act,), 2.0, None, is_set_aside=False, seed=3)
    first, *_, last = Camera().show(play)
    assert first.shape == (PICTURE_WH[1], PICTURE_WH[0], 3)
    seat, elsewhere = (slice(80, 160), slice(67, 147)), (slice(80, 160), slice(400, 480))
    assert first[seat].std() > 2 * first[elsewhere].std()
    assert last[seat].std() < 1.5 * last[elsewhere].std(), "the act is over"


def test_alarmed_faces_are_seen_where_they_sit_while_an_alert_is_due():
    acts = (
        Act(0, Path("happy/1.png"), 0.0, 60.0),
        Act(0, Path("fear/2.png"), 60.0, 120.0),
        Act(1, Path("angry/3.png"), 60.0, 120.0),
        Act(2, Path("sad/4.png"), 0.0, 120.0),
    )
    play = Play("alarmed after", 3, acts, 120.0, (60.0, 120.0), is_set_aside=False, seed=3)
    boxes_xyxy = np.array([[290, 330, 350, 390], [500, 90, 560, 150]])
    assert play.alarmed_seen(boxes_xyxy, 59.5) == []
    assert play.alarmed_seen(boxes_xyxy, 60.0) == [False, True]
    assert play.alarmed_seen(boxes_xyxy[:0], 119.0) == [False, False]


def watched(kind: str, *risen_at: tuple[float, float], lasts_s: float = CREW_S, alarm_s=None):
    """Return a play in which one of two people has risen in the given stretches."""
    times = np.arange(round(lasts_s * RATE_FPS)) / RATE_FPS
    people = [
        risen((float(any(a <= time_s < b for a, b in risen_at)), 0.0), CLASSES) for time_s in times
    ]
    return Watched(Play(kind, 2, (), lasts_s, alarm_s, is_set_aside=True, seed=0), people)


def test_crews_are_counted_by_size_and_kind():
    late = {"alarm_s": (60.0, CREW_S), "lasts_s": CREW_S + 60}
    rows = crew_rows(
        RULE,
        [
            watched("calm"),
            watched("calm", (20, 40)),
            watched("alarmed after a calm minute", (61, CREW_S), **late),
            watched("alarmed after a calm minute", (61, CREW_S + 60), **late),
            watched("alarmed after a calm minute", (61, 70), **late),
            replace(watched("alarmed after a calm minute", (10, 30), **late), seen=0.4),
        ],
    )
    assert rows == [
        {
            "size": 2,
            "kind": "alarmed after a calm minute",
            "n": 4,
            "fired": 2,
            "early": 1,
            "seen": 3,
            "seen_fired": 2,
            "delay_s_median": 16.0,
            "over": 1,
        },
        {
            "size": 2,
            "kind": "calm",
            "n": 2,
            "fired": 1,
            "early": 0,
            "seen": 2,
            "seen_fired": 1,
            "delay_s_median": None,
            "over": None,
        },
    ]


@pytest.mark.parametrize(
    ("stretches", "too_soon", "in_time"),
    [
        ([(61, CREW_S)], False, True),
        ([(61, 80), (100, CREW_S)], True, True),
        ([(61, CREW_S + 15)], False, False),
        ([(10, 40), (61, CREW_S)], False, True),
        ([(61, CREW_S), (140, 160)], False, False),
    ],
    ids=["as it should", "cut short", "too late", "an earlier one", "another one"],
)
def test_it_is_told_when_alerts_end(stretches, too_soon, in_time):
    play = watched("alarmed", *stretches, lasts_s=CREW_S + 60, alarm_s=(60.0, CREW_S))
    assert play.ends(RULE) == (too_soon, in_time)


def test_a_person_s_minutes_are_counted_by_what_they_show():
    minutes = [watched("fear", (60, 120), lasts_s=180), watched("fear", (10, 40), lasts_s=180)]
    assert person_rows(RULE, minutes) == [{"shown": "fear", "n": 2, "fired": 1, "calm_fired": 1}]
