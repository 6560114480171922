"""Certificates made up for a test."""

import subprocess
from pathlib import Path

COMMAND = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
    "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate that only itself vouches for; returns its file and the key's."""
    certificate, key = folder / "server.pem", folder / "server.key"
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*COMMAND.split(), *files], check=True, capture_output=True)
    return certificate, key
