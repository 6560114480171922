"""Seals what the database may hold but nobody may read in it: addresses with credentials.

AES-GCM with 256 bits, by a key that HKDF derives from `SECRET_KEY`, so that a copy of the database
alone opens nothing. Processes behind the web process get the derived key, which signs no cookie.
"""

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from webapp.core.errors import SealError

KEY_BYTES, NONCE_BYTES = 32, 12
DERIVED_FOR = b"evenkeel: sealed texts of the database"
# Tells apart what another way of sealing may write one day.
FORM = "aesgcm:"


class Sealer:
    """Seals texts, and opens what was sealed with the same key for the same purpose."""

    def __init__(self, secret_key: str) -> None:
        """Derive the key.

        Args:
            secret_key: what `SECRET_KEY` says, or what is kept in its place.
        """
        derive = HKDF(SHA256(), length=KEY_BYTES, salt=None, info=DERIVED_FOR)
        self._key = derive.derive(secret_key.encode())

    @classmethod
    def with_key(cls, key: str) -> "Sealer":
        """Return a sealer like the one whose `key` this is.

        Raises:
            SealError: it is no such key.
        """
        sealer = cls.__new__(cls)
        sealer._key = _decoded(key)
        if len(sealer._key) != KEY_BYTES:
            raise SealError(f"expected a key of {KEY_BYTES} bytes, got {len(sealer._key)}.")
        return sealer

    @property
    def key(self) -> str:
        """The derived key, for processes that need no more of `SECRET_KEY`."""
        return _encoded(self._key)

    def seal(self, text: str, purpose: str) -> str:
        """Encrypt a text; sealing it twice gives two different ones.

        Args:
            purpose: what it is for, such as `receiver`; it opens for nothing else.
        """
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self._key).encrypt(nonce, text.encode(), purpose.encode())
        return FORM + _encoded(nonce + sealed)

    def open(self, sealed: str, purpose: str) -> str:
        """Return the text that was sealed.

        Raises:
            SealError: the key is another one, or what was sealed has been changed.
        """
        content = _decoded(sealed.removeprefix(FORM)) if sealed.startswith(FORM) else b""
        nonce, encrypted = content[:NONCE_BYTES], content[NONCE_BYTES:]
        try:
            return AESGCM(self._key).decrypt(nonce, encrypted, purpose.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealError(
                "what is stored sealed was sealed with another SECRET_KEY, or has been changed "
                "since. Set the SECRET_KEY of before, or enter it again."
            ) from error


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
