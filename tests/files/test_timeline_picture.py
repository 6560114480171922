import warnings

import cv2
import numpy as np
import pytest

from tests.files.readings import CLASSES, video_frame
from tests.files.test_video_summary import RULE
from webapp.core.errors import OutputError
from webapp.files.timeline_picture import TimelinePicture, timeline_figure
from webapp.files.video_summary import VideoSummary


def summary_of(seconds: int, classes: tuple[str, ...] = CLASSES) -> VideoSummary:
    """Return the summary of a minute of anger that begins after ten seconds of calm."""
    summary = VideoSummary(classes, RULE)
    for now_s in range(seconds):
        angry = (0.9,) if now_s >= 10 else (0.1,)
        summary.step(video_frame(now_s, angry, time_s=float(now_s)).analysed)
    summary.close(1.0)
    return summary


def figure_of(summary: VideoSummary):
    return timeline_figure(summary.series.points(), summary.trial, summary.ended_s)


@pytest.mark.parametrize("seconds", [0, 1, 70])
def test_a_png_appears_at_the_end(tmp_path, seconds):
    path = tmp_path / "made" / "timeline.png"
    picture = TimelinePicture(path, summary_of(seconds))
    picture.write(video_frame())
    assert not path.exists()
    picture.finish()
    assert cv2.imread(str(path)).shape == (780, 1440, 3)
    assert list(path.parent.iterdir()) == [path]


def test_it_shows_faces_the_indicator_and_the_alert():
    summary = summary_of(70)
    faces, indicator = figure_of(summary).axes
    assert [text.get_text() for text in faces.get_legend().get_texts()] == [
        *("uncertain", "happy", "angry")
    ]
    line, limit = indicator.get_lines()
    assert line.get_ydata()[[0, -1]] == pytest.approx([10, 90])
    assert line.get_xdata()[[0, -1]] == pytest.approx([0, summary.ended_s])
    assert list(limit.get_ydata()) == [60, 60]
    (firing,) = indicator.patches
    assert firing.get_x() == summary.trial.firings[0].fired_at_s == 11.0


def test_a_single_reading_fills_the_picture():
    faces, indicator = figure_of(summary_of(1)).axes
    layers = [layer.get_paths()[0].vertices for layer in faces.collections]
    assert [(layer[:, 0].min(), layer[:, 0].max()) for layer in layers] == [(0, 1)] * 3
    assert indicator.get_lines()[0].get_xdata().tolist() == [0, 1]
    assert indicator.get_xlim() == (0, 1)


def test_the_indicator_has_a_gap_where_nobody_is_in_view():
    summary = VideoSummary(CLASSES, RULE)
    for now_s, angry in enumerate([(0.9,), (), (0.9,)]):
        summary.step(video_frame(now_s, angry, time_s=float(now_s)).analysed)
    summary.close(1.0)
    line = figure_of(summary).axes[1].get_lines()[0]
    np.testing.assert_allclose(line.get_ydata(), [90, np.nan, 90, 90])


def test_layers_have_the_colours_of_the_boxes(tmp_path):
    path = tmp_path / "timeline.png"
    TimelinePicture(path, summary_of(70)).finish()
    image = cv2.imread(str(path))
    for colour_bgr in ((0, 94, 213), (66, 228, 240)):
        assert (np.abs(image.astype(int) - colour_bgr).max(axis=2) < 3).sum() > 2000


def test_class_names_need_not_be_in_the_font(tmp_path):
    summary = VideoSummary(("怒り", "$x$"), RULE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        TimelinePicture(tmp_path / "timeline.png", summary).finish()
    assert (tmp_path / "timeline.png").exists()


def test_only_png(tmp_path):
    with pytest.raises(OutputError, match=r"ends in \.png"):
        TimelinePicture(tmp_path / "timeline.jpg", summary_of(1))


def test_what_is_not_wanted_is_removed(tmp_path):
    picture = TimelinePicture(tmp_path / "timeline.png", summary_of(1))
    picture.discard()
    assert list(tmp_path.iterdir()) == []
