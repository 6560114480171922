"""What opens and seals the addresses of the database, in whichever process."""

from webapp.config import Settings
from webapp.storage.sealing import Sealer
from webapp.storage.secret_files import keep_secret_key


def build_sealer(settings: Settings) -> Sealer:
    """Return the server's sealer: by the key that this process was given, else by `SECRET_KEY`.

    Raises:
        SealError: what was given is no key.
        StorageError: the signing key cannot be kept in the instance folder.
    """
    if settings.sealing_key:
        return Sealer.with_key(settings.sealing_key)
    return Sealer(settings.secret_key or keep_secret_key(settings.instance_dir))
