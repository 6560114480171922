"""The files below deploy/ are taken as they are by the programs they are for."""

import configparser
import re
import subprocess
from pathlib import Path

from tests.nginx_proxy import NGINX
from tests.services import require_or_skip
from tests.web.worker.certificates import make_certificate
from webapp.config import ROOT

DEPLOY = ROOT / "deploy"


def test_nginx_takes_its_file(tmp_path: Path) -> None:
    require_or_skip("nginx", NGINX is not None)
    certificate, key = make_certificate(tmp_path)
    server = (DEPLOY / "nginx.conf").read_text()
    server = re.sub(r"/etc/letsencrypt\S+/fullchain.pem", str(certificate), server)
    server = re.sub(r"/etc/letsencrypt\S+/privkey.pem", str(key), server)
    (tmp_path / "server.conf").write_text(server)
    whole = f"pid {tmp_path}/pid; events {{}} http {{ include {tmp_path}/server.conf; }}"
    (tmp_path / "nginx.conf").write_text(whole)
    command = [str(NGINX), "-t", "-e", "stderr", "-p", tmp_path, "-c", tmp_path / "nginx.conf"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_unit_starts_what_the_readme_starts() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / "evenkeel.service")
    service = unit["Service"]
    readme = (ROOT / "README.md").read_text()
    for name in ("ExecStartPre", "ExecStart"):
        assert service[name].removeprefix("/opt/evenkeel/") in readme
    settings = set(re.findall(r"^\| `([A-Z_]+)` \|", readme, re.MULTILINE))
    given = {word.split("=")[0] for word in service["Environment"].split()}
    assert given - {"PYTHONDONTWRITEBYTECODE"} <= settings
