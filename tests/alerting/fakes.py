"""A database that can be away, and a transport that can refuse."""

from contextlib import contextmanager

from webapp.core.errors import EvenkeelError, StorageError


class ShakyDatabase:
    """A real database behind a switch."""

    def __init__(self, database) -> None:
        self._database = database
        self.is_away = False

    @contextmanager
    def session(self):
        if self.is_away:
            raise StorageError("The database is locked.")
        with self._database.session() as session:
            yield session


class FakeTransport:
    """Remembers what it was given; refuses on demand."""

    def __init__(self) -> None:
        self.sent = []
        self.refusal: Exception | None = None

    def send(self, target, title, body) -> None:
        if self.refusal:
            raise self.refusal
        self.sent.append((target.label, title, body))


class Refused(EvenkeelError):
    """As `transport.DeliveryError`."""
