"""Tests of the chain of the audit log."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from webapp.core.audit_chain import GENESIS, PURGED, ChainEntry, Checkpoint, check_chain

AT = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


def chained(links, head=GENESIS):
    done = []
    for link in links:
        head = link.hashed_after(head)
        done.append(replace(link, sha256=head))
    return done


WHOLE = chained(ChainEntry(number, AT, "mira", "rule changed", "{}", "") for number in range(1, 6))
CHECKPOINT = Checkpoint(2, WHOLE[1].sha256, AT, 2)
PURGE = ChainEntry(6, AT, "", PURGED, json.dumps(CHECKPOINT.as_details()), "")
PURGED_ONCE = WHOLE[2:] + chained([PURGE], WHOLE[-1].sha256)


@pytest.mark.parametrize("checkpoint", [None, CHECKPOINT])
def test_a_whole_chain_ends_with_its_head(checkpoint):
    links = PURGED_ONCE if checkpoint else WHOLE
    report = check_chain(links, checkpoint, noted_head=WHOLE[3].sha256)
    assert not report.fault and report.count == len(links)
    assert (report.last_id, report.head) == (links[-1].id, links[-1].sha256)


def test_an_empty_log_is_whole():
    assert check_chain([], None, GENESIS).fault == ""


@pytest.mark.parametrize(
    ("links", "entry"),
    [
        ([WHOLE[0], replace(WHOLE[1], details='{"a": 1}'), *WHOLE[2:]], 2),
        ([WHOLE[0], replace(WHOLE[1], author="otto"), *WHOLE[2:]], 2),
        ([WHOLE[0], replace(WHOLE[1], at=AT.replace(minute=1)), *WHOLE[2:]], 2),
        ([WHOLE[0], *WHOLE[2:]], 3),
        (WHOLE[1:], 2),
        # Two that changed places, each with the other's number.
        ([WHOLE[0], replace(WHOLE[2], id=2), replace(WHOLE[1], id=3), *WHOLE[3:]], 2),
        ([*WHOLE[:2], *WHOLE[1:]], 2),
    ],
    ids=["details", "author", "time", "removed", "first removed", "swapped", "twice"],
)
def test_the_first_entry_that_does_not_fit_is_named(links, entry):
    assert check_chain(links, None).fault.startswith(f"Entry {entry} (2026-11-20 14:0")


def test_an_end_that_was_cut_off_is_found_by_a_head_noted_before():
    assert not check_chain(WHOLE[:3], None).fault
    report = check_chain(WHOLE[:3], None, noted_head=WHOLE[-1].sha256)
    assert report.fault.startswith(f"No entry has the hash {WHOLE[-1].sha256}")


@pytest.mark.parametrize(
    ("links", "checkpoint", "words"),
    [
        (PURGED_ONCE, None, "Entry 3 .* does not fit the beginning of the log"),
        (PURGED_ONCE[1:], CHECKPOINT, "Entry 4 .* does not fit entry 2"),
        # A forged one, that hides another removed entry.
        (PURGED_ONCE[1:], Checkpoint(3, WHOLE[2].sha256, AT, 3), "after entry 3 is not the one"),
        ([], CHECKPOINT, "after entry 2 is not the one"),
        (PURGED_ONCE, replace(CHECKPOINT, removed=1), "after entry 2 is not the one"),
    ],
    ids=["gone", "rows after it gone", "forged", "everything gone", "fewer removed"],
)
def test_a_checkpoint_that_does_not_fit_is_found(links, checkpoint, words):
    assert re.search(words, check_chain(links, checkpoint).fault)
