"""Tests of the memory that two processes share."""

import os
from contextlib import closing

import numpy as np
import pytest

from webapp.core.errors import MessageError
from webapp.decoding.page import Page

IMAGE = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)


def test_a_picture_is_taken_off_where_another_maps_it():
    with closing(Page.of(20)) as page, closing(Page(os.dup(page.fileno()))) as mapped:
        mapped.put(IMAGE)
        taken = page.take(4, 5)
        mapped.put(np.zeros_like(IMAGE))
        assert (taken == IMAGE).all()


def test_it_can_be_cut_or_enlarged_by_nobody():
    with closing(Page.of(20)) as page:
        for size in (0, 100):
            with pytest.raises(PermissionError):
                os.ftruncate(page.fileno(), size)


@pytest.mark.parametrize(("height", "width"), [(0, 5), (5, 5), (-4, -5), (2**50, 2**50)])
def test_what_it_cannot_hold_is_not_believed(height, width):
    with closing(Page.of(20)) as page, pytest.raises(MessageError, match="cannot be"):
        page.take(height, width)


def test_it_is_closed_once():
    page = Page.of(20)
    page.close()
    page.close()
