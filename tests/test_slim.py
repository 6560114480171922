"""What serves needs no more than requirements-run.txt; what needs more says so in one line."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

from tools.installed_size import part_sizes
from webapp.config import ROOT
from webapp.core.errors import ConfigError
from webapp.serving.assembly import build_runtime
from webapp.vision.whole_set import PACKAGES

PINNED = re.compile(r"^([a-z0-9.-]+)==([^ ;]+)", re.MULTILINE)
# Hides what the slim set lacks; what stands there before it is Python's own or ours.
HIDE = """
import json, re, sys
from importlib.metadata import packages_distributions
from pathlib import Path
pinned = set(re.findall(r"^([a-z0-9.-]+)==", Path("requirements-run.txt").read_text(), re.M))
hidden = {
    module
    for module, names in packages_distributions().items()
    if not {re.sub(r"[-_.]+", "-", name).lower() for name in names} & pinned
}
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hide())
"""
IMPORT_ALL = """
from importlib import import_module
whole = ("webapp.training", "webapp.files.timeline_picture", "webapp.storage.migrations")
for path in sorted(Path("webapp").rglob("*.py")):
    name = ".".join(path.with_suffix("").parts)
    if path.name not in ("__main__.py", "__init__.py") and not name.startswith(whole):
        import_module(name)
"""
RUN_COMMANDS = """
from click.testing import CliRunner
from webapp.command.main import main
runs = (CliRunner().invoke(main, arguments) for arguments in json.loads(sys.argv[1]))
print(json.dumps([[run.exit_code, run.output] for run in runs]))
"""


def pins(name):
    return dict(PINNED.findall((ROOT / name).read_text()))


def run_slim(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", HIDE + code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_whole_set_holds_the_slim_one_in_the_same_versions():
    assert pins("requirements-run.txt").items() < pins("requirements.txt").items()


def test_what_is_said_to_be_missing_is_what_the_whole_set_adds():
    asked_for = (ROOT / "requirements.in").read_text()
    assert set(re.findall(r"^([a-z]+)", asked_for, re.MULTILINE)) == set(PACKAGES)
    assert not set(PACKAGES) & pins("requirements-run.txt").keys()


@pytest.fixture(scope="module")
def plain_model(tmp_path_factory):
    """A model folder without a compiled copy."""
    folder = tmp_path_factory.mktemp("plain")
    for name in ("model.json", "model.weights.h5"):
        (folder / name).symlink_to(ROOT / "model" / name)
    metadata = json.loads((ROOT / "model" / "metadata.json").read_text())
    (folder / "metadata.json").write_text(json.dumps(metadata | {"litert_sha256": None}))
    return folder


def test_all_that_serves_is_there_and_what_needs_more_says_what_to_install(plain_model, tmp_path):
    (tmp_path / "angry").mkdir()
    for number, pixels in enumerate(np.random.default_rng(1).integers(0, 256, (12, 48, 48))):
        cv2.imwrite(str(tmp_path / "angry" / f"{number}.png"), pixels.astype(np.uint8))
    data, model = ("--data", str(tmp_path)), ("--model", str(plain_model))
    expected = {
        ("train", *data): "This command needs keras",
        ("average", str(plain_model), *data, "--out", str(tmp_path / "out")): "needs keras",
        ("export", *model): "needs keras",
        ("evaluate", *data, *model): f"{plain_model} has no compiled copy",
        ("calibrate", *data, *model): f"{plain_model} has no compiled copy",
        ("evaluate", *data, "--report", str(tmp_path / "out")): "needs matplotlib",
        ("video", "demo", "--seconds", "0.1", "--timeline", str(tmp_path / "a.png")): "matplotlib",
    }
    runs = json.loads(run_slim(IMPORT_ALL + RUN_COMMANDS, json.dumps(list(expected))))
    for (arguments, said), (code, output) in zip(expected.items(), runs, strict=True):
        assert (code, said in output) == (1, True), (arguments, output)
        last = output.splitlines()[-1]
        assert "Install the whole set: " in last and "Traceback" not in output


def test_a_server_says_so_when_it_starts(plain_model, settings, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(ConfigError, match=r"MODEL_DIR.*no compiled copy.*needs keras.*Install"):
        build_runtime(replace(settings, model_dir=plain_model), publish=print)


def test_sizes_are_by_package_with_the_libraries_beside_it(tmp_path):
    packages = tmp_path / "lib" / "site-packages"
    for name in ("cv2.libs/a.so", "cv2/b.so", "bin/c"):
        path = packages / name if name != "bin/c" else tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 100_000)
    sizes = part_sizes(tmp_path)
    assert sizes["cv2"] >= 200_000 > sizes["bin"] >= 100_000
