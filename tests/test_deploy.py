"""The files below deploy/ are taken as they are by the programs they are for."""

import configparser
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.documents import settings
from tests.nginx_proxy import NGINX
from tests.services import require_or_skip
from tests.web.worker.certificates import make_certificate
from webapp.config import ROOT

DEPLOY = ROOT / "deploy"


@pytest.mark.parametrize("name", ["nginx.conf", "nginx-distributed.conf"])
def test_nginx_takes_its_files(tmp_path: Path, name: str) -> None:
    require_or_skip("nginx", NGINX is not None)
    certificate, key = make_certificate(tmp_path)
    server = (DEPLOY / name).read_text()
    server = re.sub(r"/etc/letsencrypt\S+/fullchain.pem", str(certificate), server)
    server = re.sub(r"/etc/letsencrypt\S+/privkey.pem", str(key), server)
    # It asks for the addresses of these names when it starts.
    server = re.sub(r"web-\d:", "127.0.0.1:", server)
    (tmp_path / "server.conf").write_text(server)
    whole = f"pid {tmp_path}/pid; events {{}} http {{ include {tmp_path}/server.conf; }}"
    (tmp_path / "nginx.conf").write_text(whole)
    command = [str(NGINX), "-t", "-e", "stderr", "-p", tmp_path, "-c", tmp_path / "nginx.conf"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_several_instances_are_served_as_one_is() -> None:
    one, several = (
        set(re.findall(r"^ +([a-z]\S+ .+);$", (DEPLOY / name).read_text(), re.MULTILINE))
        for name in ("nginx.conf", "nginx-distributed.conf")
    )
    assert one - several == {"proxy_pass http://127.0.0.1:5000"}


def test_the_image_has_what_it_copies_and_starts_what_the_page_starts() -> None:
    steps = (ROOT / "Dockerfile").read_text()
    let_in = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    for names in re.findall(r"^COPY (?!--from)(.+) \S+$", steps, re.MULTILINE):
        for name in names.split():
            assert name == "." or name in let_in, name
    assert all((ROOT / name).exists() for name in let_in)
    page = (ROOT / "docs" / "deploy.md").read_text()
    for command in (
        "python -m webapp db upgrade",
        "gunicorn -c python:webapp.gunicorn_conf wsgi:app",
    ):
        assert command in steps and command in page


def test_what_compose_sets_are_settings_and_its_proxy_is_believed() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    given = services["evenkeel"]["environment"]
    assert given.keys() <= settings() and given["TRUSTED_PROXIES"] == "1"
    # From loopback alone, since it shares the network: nobody else reaches the port.
    assert services["nginx"]["network_mode"] == "service:evenkeel"
    assert all(not port.endswith(":5000") for port in services["evenkeel"]["ports"])
    mounted = [volume.split(":")[0] for volume in services["nginx"]["volumes"]]
    assert "./deploy/nginx.conf" in mounted


def test_what_the_distributed_shape_sets_are_settings_and_its_proxy_alone_is_believed() -> None:
    whole = yaml.safe_load((ROOT / "compose.distributed.yaml").read_text())
    services = whole["services"]
    ours = {name: each for name, each in services.items() if "build" in each}
    assert all(each["environment"].keys() <= settings() for each in ours.values())
    # One key for all, which nobody forgets: without it compose does not begin.
    assert all(
        each["environment"]["SECRET_KEY"].startswith("${SECRET_KEY:?") for each in ours.values()
    )
    proxy = services["nginx"]["networks"]["front"]["ipv4_address"]
    webs = set(re.findall(r"server (web-\d):5000", (DEPLOY / "nginx-distributed.conf").read_text()))
    assert webs == {name for name in ours if name.startswith("web")}
    assert all(ours[name]["environment"]["TRUSTED_PROXY_ADDRESSES"] == proxy for name in webs)
    assert whole["networks"]["inside"]["internal"]
    assert {name for name, each in services.items() if "ports" in each} == {"nginx"}
    page = (ROOT / "docs" / "deploy-cluster.md").read_text()
    assert all(" ".join(each["command"]) in page for each in ours.values())


def unit(name: str) -> configparser.SectionProxy:
    """Return the section of a systemd unit that says what runs."""
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read(DEPLOY / name)
    return read["Service"]


def test_the_units_start_what_the_pages_start_and_share_user_folder_and_settings() -> None:
    service, backup = unit("evenkeel.service"), unit("evenkeel-backup.service")
    page = (ROOT / "docs" / "deploy.md").read_text()
    for name in ("ExecStartPre", "ExecStart"):
        assert service[name].removeprefix("/opt/evenkeel/") in page
    given = {word.split("=")[0] for word in service["Environment"].split()}
    assert given - {"PYTHONDONTWRITEBYTECODE"} <= settings()
    for name in ("User", "WorkingDirectory", "Environment", "EnvironmentFile"):
        assert service[name] == backup[name]
    folder = re.search("webapp db backup --replace /var/lib/([a-z-]+)/", backup["ExecStart"])
    assert folder and folder[1] in backup["StateDirectory"].split()
    page = (ROOT / "docs" / "deploy-vm.md").read_text()
    assert all(path.name in page for path in DEPLOY.glob("evenkeel*"))
