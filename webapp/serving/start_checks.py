"""What gunicorn would find out too late, or say in its own words: address and certificate."""

import errno
import socket
import ssl
from contextlib import closing

from webapp.config import Settings
from webapp.core.errors import ConfigError
from webapp.storage.database_lock import FREED_WITHIN_S, soon


def check_address(settings: Settings, within_s: float = FREED_WITHIN_S) -> None:
    """Make sure that the server can listen where it is to.

    Raises:
        ConfigError: names HOST or PORT, and what is wrong with it.
    """
    try:
        is_free = soon(lambda: _may_listen(settings.host, settings.port), within_s)
    except (OSError, UnicodeError) as error:
        raise ConfigError(_address_fault(error, settings)) from error
    if not is_free:
        raise ConfigError(
            f"PORT: {settings.port} on {settings.host} is in use by another program, maybe a "
            "server that runs already. Stop it or choose another PORT."
        )


def check_certificate(settings: Settings) -> None:
    """Make sure that TLS can begin with the files of the settings.

    Raises:
        ConfigError: names the file that cannot be used.
    """
    if not settings.tls_cert_file or not settings.tls_key_file:
        return
    for name, path in (
        ("TLS_CERT_FILE", settings.tls_cert_file),
        ("TLS_KEY_FILE", settings.tls_key_file),
    ):
        try:
            path.read_bytes()
        except OSError as error:
            raise ConfigError(f"{name}: {path} cannot be read ({error.strerror}).") from error
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings.tls_cert_file, settings.tls_key_file, _no_passphrase)
    except ssl.SSLError as error:
        reason = (error.reason or "no PEM file").lower().replace("_", " ")
        raise ConfigError(
            "TLS_CERT_FILE and TLS_KEY_FILE: expected a certificate and its key without a "
            f"passphrase, both as PEM, got {settings.tls_cert_file} and {settings.tls_key_file} "
            f"({reason})."
        ) from error


def _may_listen(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            # Two may bind an address, but only one may listen.
            probe.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def _address_fault(error: OSError | UnicodeError, settings: Settings) -> str:
    if isinstance(error, PermissionError):
        return (
            f"PORT: this user may not listen on {settings.port}. Choose one from 1024 on, or give "
            "the user the right (CAP_NET_BIND_SERVICE)."
        )
    return (
        "HOST: expected an address of this machine, such as 127.0.0.1 or 0.0.0.0, got "
        f"{settings.host!r}."
    )


def _no_passphrase() -> str:
    # Else OpenSSL asks the terminal, and the start hangs.
    return ""
