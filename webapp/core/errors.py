"""Every error Evenkeel raises on purpose.

EvenkeelError
├── ConfigError             a setting is missing or wrong; the process does not start
├── SourceError             a camera, file or URL cannot be opened or read
├── PictureError            a file or upload is not a picture that can be read
├── OutputError             a result cannot be written where it was asked for
├── DecoderError            no process that decodes files can be started
├── DetectorError           a face detector's model file is missing or unusable
├── ModelError              the expression model cannot be used
│   ├── ModelMissingError   a file of the model is not there
│   └── ModelContractError  the files do not fit each other or what serving needs
├── PackageMissingError     a package is missing that some commands need, beyond serving
├── StorageError            the database or the instance folder cannot be used now
├── SealError               a sealed text cannot be opened: the key changed, or the text did
├── AuditLogError           an entry of the audit log was changed, moved or removed
├── ReceiverError           an address is none that messages can be sent to
├── NameTakenError          a rule, receiver or user of this name was saved already
├── LastAdminError          nobody could administer any more
├── PurposeError            a camera stays off: no purpose that holds is stated for it
├── TokenError              an API token cannot be made as it was asked for
├── SignInRefusedError      a proxy names a user who may not come in
├── BusyError               too many such requests are being served; try again
├── ViewerLimitError        as many viewers as allowed are watching
├── JobLimitError           as many files as allowed are being analysed
├── TooLargeError           a file that was handed in is beyond a limit
├── MessageError            a message of another process cannot be read
├── DatasetError            training or evaluation data cannot be used
└── TrainingError           a training run cannot start, go on or be saved
"""

from collections.abc import Iterator
from contextlib import contextmanager


class EvenkeelError(Exception):
    """Say what was expected, what came, and what to do."""


class ConfigError(EvenkeelError):
    """A setting is missing or wrong."""


@contextmanager
def concerning(setting: str) -> Iterator[None]:
    """Turn what is raised in this block into a ConfigError that names a setting."""
    try:
        yield
    except ConfigError:
        # It names its own.
        raise
    except EvenkeelError as error:
        raise ConfigError(f"{setting}: {error}") from error


class SourceError(EvenkeelError):
    """A camera, file or URL cannot be opened or read."""


class PictureError(EvenkeelError):
    """A file or upload is not a picture that can be read."""


class OutputError(EvenkeelError):
    """A result cannot be written where it was asked for."""


class DecoderError(EvenkeelError):
    """No process that decodes files can be started."""


class DetectorError(EvenkeelError):
    """A face detector's model file is missing or unusable."""


class ModelError(EvenkeelError):
    """The expression model cannot be used."""


class ModelMissingError(ModelError):
    """A file of the model is not there."""


class ModelContractError(ModelError):
    """The model's files do not fit each other or what serving needs."""


class PackageMissingError(EvenkeelError):
    """A package is missing that some commands need, beyond serving."""


class StorageError(EvenkeelError):
    """The database or the instance folder cannot be used now."""


class SealError(EvenkeelError):
    """A sealed text cannot be opened: the key changed, or the text did."""


class AuditLogError(EvenkeelError):
    """An entry of the audit log was changed, moved or removed."""


class ReceiverError(EvenkeelError):
    """An address is none that messages can be sent to; the text does not repeat it."""


class NameTakenError(EvenkeelError):
    """A rule, receiver or user of this name was saved already."""


class LastAdminError(EvenkeelError):
    """Nobody could administer any more."""


class PurposeError(EvenkeelError):
    """A camera stays off, since no purpose that holds is stated for it."""


class TokenError(EvenkeelError):
    """An API token cannot be made as it was asked for."""


class SignInRefusedError(EvenkeelError):
    """A proxy names a user who may not come in."""


class BusyError(EvenkeelError):
    """Too many such requests are being served; trying again helps."""


class ViewerLimitError(EvenkeelError):
    """As many viewers as allowed are watching."""


class JobLimitError(EvenkeelError):
    """As many files as allowed are being analysed."""


class TooLargeError(EvenkeelError):
    """A file that was handed in is beyond a limit."""


class MessageError(EvenkeelError):
    """A message of another process cannot be read."""


class DatasetError(EvenkeelError):
    """Training or evaluation data cannot be used."""


class TrainingError(EvenkeelError):
    """A training run cannot start, go on or be saved."""
