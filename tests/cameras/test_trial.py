"""Tests of what an admin is shown of a source before it is saved."""

import pytest

from tests.cameras.fakes import FakeOpener
from tests.cameras.runtimes import Published, build
from webapp.core.camera_setup import CameraSetup
from webapp.core.errors import SourceError
from webapp.core.privacy import Privacy


def test_a_source_is_tried_where_nobody_reads_it_and_closed_again():
    other = FakeOpener()
    runtime = build(FakeOpener(), Published(), other)
    trial = runtime.try_source("0")
    assert (trial.jpeg, trial.width_px, trial.height_px, trial.fps) == (b"jpeg labels", 8, 8, 500)
    assert other.opened[0].is_closed.is_set()
    other.is_gone.set()
    with pytest.raises(SourceError, match="not there"):
        runtime.try_source("0")


def test_a_trial_shows_no_more_than_a_camera_of_the_same_place():
    runtime = build(FakeOpener(), Published())
    runtime.set_cameras([CameraSetup("door", "", "0 640x480", privacy=Privacy.BLUR)])
    assert runtime.try_source("0").jpeg == b"jpeg blur"


def test_a_source_that_a_camera_reads_is_not_opened_twice():
    opener, published = FakeOpener(), Published()
    runtime = build(opener, published)
    runtime.start()
    published.wait("counts", camera="demo")
    trial = runtime.try_source("first")
    runtime.stop()
    assert trial.jpeg == b"jpeg labels" and trial.fps > 0
    assert len(opener.opened) == 1
