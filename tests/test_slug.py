"""What a host with buildpacks is given serves, and installs no more than that."""

import re

from tests.documents import DOCS, settings
from tests.services import require_or_skip
from tools import slug
from webapp.config import ROOT


def test_the_folder_serves_and_asks_for_the_slim_set_alone(tmp_path):
    fetched = all((ROOT / name).is_dir() for name in slug.FETCHED)
    require_or_skip("what make fetches", fetched)
    (tmp_path / ".git").mkdir()
    (tmp_path / "left").touch()
    slug.write_slug(tmp_path)
    assert (tmp_path / ".git").is_dir() and not (tmp_path / "left").exists()
    pinned = (ROOT / "requirements-run.txt").read_text()
    assert (tmp_path / "requirements.txt").read_text() == pinned
    # A host would take it for a sign of another language.
    assert not (tmp_path / "package.json").exists()
    served = ("static/vendor/uPlot.min.css", "model/model.tflite", "webapp/app.py", "wsgi.py")
    assert all((tmp_path / name).is_file() for name in served)


def test_the_procfile_starts_what_the_page_starts():
    lines = dict(re.findall(r"^(\w+): (.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE))
    page = (DOCS / "deploy-cluster.md").read_text()
    for line in lines.values():
        words = line.removeprefix("env ").split()
        given = [word for word in words if "=" in word]
        assert {word.split("=")[0] for word in given} <= settings()
        assert " ".join(words[len(given) :]) in page
