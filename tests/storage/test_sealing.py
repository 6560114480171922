"""Tests of what seals addresses with credentials."""

import pytest

from webapp.core.errors import SealError
from webapp.storage.sealing import FORM, Sealer

URL = "rtsp://user:päss@camera/1"


@pytest.fixture
def sealer() -> Sealer:
    return Sealer("a secret key of the web")


@pytest.mark.parametrize("text", ["", URL, "long " * 1000])
def test_what_was_sealed_opens_and_shows_nothing(sealer, text):
    sealed = sealer.seal(text, "camera")
    assert sealer.open(sealed, "camera") == text
    assert not text or text not in sealed
    assert sealer.seal(text, "camera") != sealed


def test_a_process_with_the_derived_key_alone_opens_it(sealer):
    assert Sealer.with_key(sealer.key).open(sealer.seal(URL, "camera"), "camera") == URL
    assert "secret" not in sealer.key and sealer.key != Sealer("another secret key").key


def test_another_key_or_purpose_opens_nothing(sealer):
    sealed = sealer.seal(URL, "camera")
    for opens in (
        lambda: Sealer("another secret key").open(sealed, "camera"),
        lambda: sealer.open(sealed, "receiver"),
    ):
        with pytest.raises(SealError, match="SECRET_KEY") as caught:
            opens()
        assert "päss" not in str(caught.value)


def test_what_was_tampered_with_is_refused(sealer):
    sealed = sealer.seal("ab", "camera")
    for place in range(len(FORM), len(sealed)):
        other = "A" if sealed[place] != "A" else "B"
        with pytest.raises(SealError):
            sealer.open(sealed[:place] + other + sealed[place + 1 :], "camera")
    for wrong in ("", FORM, sealed[:-4], sealed.removeprefix(FORM), URL, f"{FORM}ä"):
        with pytest.raises(SealError):
            sealer.open(wrong, "camera")


@pytest.mark.parametrize("key", ["", "short", "ä" * 44])
def test_a_key_of_another_kind_is_refused(key):
    with pytest.raises(SealError, match="32 bytes"):
        Sealer.with_key(key)
