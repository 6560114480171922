"""Tests of what was installed and what is known of the network."""

import json
from pathlib import Path

from webapp.disk.shipped import browser_packages, model_facts, python_packages


def test_packages_that_are_pinned_and_installed_state_their_licences(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("flask==3.1 \\\n    --hash=sha256:0\nno-such-package==1\n# pytest==1\n")
    (flask,) = python_packages(lock)
    assert flask.name == "Flask" and "BSD" in flask.licence
    assert python_packages(tmp_path / "nowhere") == []


def test_browser_packages_are_those_that_pages_load(tmp_path: Path) -> None:
    packages = {
        "": {"version": "1", "license": "MIT"},
        "node_modules/uplot": {"version": "1.6", "license": "MIT"},
        "node_modules/odd": {"version": "2"},
        "node_modules/axe-core": {"version": "4", "license": "MPL-2.0", "dev": True},
    }
    lock = tmp_path / "package-lock.json"
    lock.write_text(json.dumps({"packages": packages}))
    shown = [(each.name, each.licence) for each in browser_packages(lock)]
    assert shown == [("uplot", "MIT"), ("odd", "not stated")]


def test_a_network_without_files_has_no_facts(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text("[broken")
    assert model_facts(tmp_path) == ({}, {}, "")
