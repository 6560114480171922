import socket
import subprocess
from dataclasses import replace

import pytest

from tests.web.worker.certificates import make_certificate
from webapp.config import Settings
from webapp.core.errors import ConfigError
from webapp.serving.start_checks import check_address, check_certificate


def test_a_port_in_use_is_said_by_its_name(settings: Settings):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"PORT: {port} on 127.0.0.1 is in use"):
            check_address(replace(settings, port=port), within_s=0)
    check_address(replace(settings, port=port), within_s=0)


@pytest.mark.parametrize("host", ["192.0.2.7", "no.such.host.invalid", "a" * 70, "2001:db8::1"])
def test_a_host_that_is_not_this_one_is_said_by_its_name(host, settings: Settings):
    with pytest.raises(ConfigError, match="HOST: expected an address of this machine"):
        check_address(replace(settings, host=host), within_s=0)


@pytest.fixture
def with_tls(settings: Settings, tmp_path):
    certificate, key = make_certificate(tmp_path)
    return replace(settings, tls_cert_file=certificate, tls_key_file=key)


def test_a_certificate_with_its_key_is_taken(with_tls):
    check_certificate(with_tls)


def test_files_that_do_not_fit_are_refused(with_tls, tmp_path):
    (tmp_path / "other").mkdir()
    _, other_key = make_certificate(tmp_path / "other")
    expected = "TLS_CERT_FILE and TLS_KEY_FILE: expected a certificate and its key"
    with pytest.raises(ConfigError, match=rf"{expected}.*\(key values mismatch\)"):
        check_certificate(replace(with_tls, tls_key_file=other_key))
    with pytest.raises(ConfigError, match=expected):
        check_certificate(replace(with_tls, tls_cert_file=with_tls.tls_key_file))


def test_a_key_with_a_passphrase_is_refused_without_asking_for_it(with_tls, tmp_path):
    locked = tmp_path / "locked.key"
    command = f"openssl pkey -in {with_tls.tls_key_file} -aes256 -passout pass:secret -out {locked}"
    subprocess.run(command.split(), check=True, capture_output=True)
    with pytest.raises(ConfigError, match="a certificate and its key without a passphrase"):
        check_certificate(replace(with_tls, tls_key_file=locked))
