"""Seals what goes over a message broker, so that it learns nothing and nobody else can speak.

AES-GCM with 256 bits. Each process derives a key of its own from `SECRET_KEY` and its id, and
counts what it seals: no nonce comes twice with one key, and nothing is taken in a second time.
"""

import itertools
import secrets
import struct
from collections import OrderedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from webapp.core.errors import MessageError

ID_BYTES, KEY_BYTES, NAME_BYTES = 16, 32, 8
NONCE = struct.Struct("!IQ")
HEAD_BYTES = ID_BYTES + NONCE.size
# Of processes that end, nobody tells.
MOST_SENDERS = 1000
FORGED = "what came over the broker is not sealed by this SECRET_KEY, or came before"


class PacketSealer:
    """Seals for one process, and opens what others with the same `SECRET_KEY` sealed.

    Attributes:
        process: id of this process, 32 hexadecimal digits.
        prefix: of the names of channels and keys, the same with the same `SECRET_KEY`.
    """

    def __init__(self, secret_key: str) -> None:
        """Derive the keys, and choose an id."""
        self._secret = secret_key.encode()
        own = secrets.token_bytes(ID_BYTES)
        self.process = own.hex()
        self.prefix = name_prefix(secret_key)
        self._own, self._cipher, self._numbers = own, self._cipher_of(own), itertools.count(1)
        # The keys of others, and the highest number that came from them on each channel.
        self._ciphers: OrderedDict[bytes, AESGCM] = OrderedDict()
        self._heard: dict[tuple[bytes, str], int] = {}

    def seal(self, packet: bytes, channel: str) -> bytes:
        """Seal a packet, which opens for this channel alone."""
        nonce = NONCE.pack(0, next(self._numbers))
        return self._own + nonce + self._cipher.encrypt(nonce, packet, channel.encode())

    def open(self, sealed: bytes, channel: str, *, in_order: bool = True) -> tuple[str, bytes]:
        """Return the process that sealed a packet, and the packet.

        Args:
            in_order: whether one that was sealed before the last opened on the channel is refused.

        Raises:
            MessageError: it was not sealed with this `SECRET_KEY` for this channel, or came before.
        """
        sender, nonce = sealed[:ID_BYTES], sealed[ID_BYTES:HEAD_BYTES]
        if len(nonce) != NONCE.size:
            raise MessageError(FORGED)
        cipher = self._ciphers.get(sender) or self._cipher_of(sender)
        try:
            packet = cipher.decrypt(nonce, sealed[HEAD_BYTES:], channel.encode())
        except InvalidTag:
            raise MessageError(FORGED) from None
        self._remember(sender, cipher)
        if in_order:
            self._advance((sender, channel), NONCE.unpack(nonce)[1])
        return sender.hex(), packet

    def _advance(self, heard_on: tuple[bytes, str], number: int) -> None:
        if number <= self._heard.get(heard_on, 0):
            raise MessageError(FORGED)
        self._heard[heard_on] = number

    def _remember(self, sender: bytes, cipher: AESGCM) -> None:
        self._ciphers[sender] = cipher
        self._ciphers.move_to_end(sender)
        if len(self._ciphers) > MOST_SENDERS:
            forgotten, _ = self._ciphers.popitem(last=False)
            self._heard = {on: number for on, number in self._heard.items() if on[0] != forgotten}

    def _cipher_of(self, sender: bytes) -> AESGCM:
        return AESGCM(_derive(self._secret, b"packets of " + sender, KEY_BYTES))


def name_prefix(secret_key: str) -> str:
    """Return what names of channels and keys begin with: two servers may share one Redis."""
    return f"evenkeel:{_derive(secret_key.encode(), b'names', NAME_BYTES).hex()}"


def _derive(secret: bytes, purpose: bytes, size_bytes: int) -> bytes:
    derive = HKDF(SHA256(), length=size_bytes, salt=None, info=b"evenkeel bus: " + purpose)
    return derive.derive(secret)
