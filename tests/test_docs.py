"""What the documents say is what the code does."""

import json
import re
import shlex
import subprocess
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from tests import documents
from tests.documents import PAGES
from webapp.command.main import main
from webapp.config import ROOT
from webapp.core.api_tokens import TokenScope
from webapp.core.message_fields import EXAMPLE

README = (ROOT / "README.md").read_text()
MEASURED = (ROOT / "docs" / "measured.md").read_text()
CONFIG = (ROOT / "webapp" / "config.py").read_text()
MODEL_CARD = (ROOT / "model" / "README.md").read_text()
METRICS = json.loads((ROOT / "model" / "metrics.json").read_text())
# Read by make, Python and Keras; NAME stands for any setting.
OTHER_NAMES = {"SLIM", "VENV", "PYTHON", "UPGRADE", "KERAS_BACKEND", "SSL_CERT_FILE", "NAME"}
OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]+")
# Of click and make.
OTHER_OPTIONS = {"--help", "--upgrade"}


def test_every_setting_is_explained_and_nothing_else():
    read = set(re.findall(r'read(?:\.(?:parsed_)?secret(?:_lines)?)?\(\s*"([A-Z_]+)"', CONFIG))
    read |= {f"{name}_FILE" for name in re.findall(r'read\.file\("([A-Z_]+)"', CONFIG)}
    assert read == documents.settings()


def test_every_setting_that_a_page_sets_is_one():
    known = documents.settings() | OTHER_NAMES
    known |= {f"{name}_FILE" for name in known}
    for page in PAGES:
        if page.parent.name == "benchmarks":
            continue
        for code in documents.code_of(page):
            named = set(re.findall(r"(?<![\w$])([A-Z]+(?:_[A-Z]+)+|[A-Z]{4,})=", code))
            assert named <= known, (page.name, code)


def test_every_link_inside_the_repository_leads_somewhere():
    wrong = [
        f"{page.name}: {target.name}#{anchor}"
        for page in PAGES
        for target, anchor in documents.links(page)
        if not target.exists() or (anchor and anchor not in documents.headings(target))
    ]
    assert wrong == []


def test_every_page_is_reached_from_the_readme_and_on_the_site():
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        found = {target for target, _ in documents.links(page) if target in PAGES}
        waiting += found - reached
    assert set(PAGES) == reached
    navigation = re.findall(r"\S+\.md$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert {ROOT / name for name in navigation} >= reached


def commands(group: click.Group, words: list[str]) -> list[click.Command]:
    """Return the commands that the words name; `a|b` names both.

    Raises:
        AssertionError: there is no such command.
    """
    found = []
    for name in words[0].split("|"):
        assert name in group.commands, f"there is no command {name!r}"
        command = group.commands[name]
        is_group = isinstance(command, click.Group) and len(words) > 1
        found += commands(command, words[1:]) if is_group else [command]
    return found


def options(command: click.Command) -> set[str]:
    """Return every option of a command and of those below it."""
    own = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    below = command.commands.values() if isinstance(command, click.Group) else ()
    return own.union(*(options(each) for each in below))


def test_every_command_that_a_page_names_is_there():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        for code in documents.code_of(page):
            for named in re.findall(r"python -m webapp ([^#`]+)", code):
                words = re.split(r"\s+(?=--)|\s\|\s", named)[0].split()
                given = set(OPTION.findall(named))
                for command in commands(main, words):
                    assert given - OTHER_OPTIONS <= options(command), (page.name, code)
            for module in re.findall(r"python -m ((?:benchmarks|tools|tests)[\w.]*)", code):
                assert find_spec(module), (page.name, code)
            for target in re.findall(r"(?<![\w-])make ((?!-)[a-z-]+)(?=[\s`]|$)", code):
                assert target in targets, (page.name, code)


def test_every_option_that_a_page_names_is_there():
    known = options(main) | OTHER_OPTIONS
    for folder in ("benchmarks", "tools", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            known |= set(re.findall(r'"(--[a-z][a-z-]+)"', path.read_text()))
    for page in PAGES:
        for code in documents.code_of(page):
            first = code.split()[0]
            is_ours = "python -m" in code or first in main.commands or first.startswith("--")
            assert not is_ours or set(OPTION.findall(code)) <= known, (page.name, code)


def test_the_examples_that_are_marked_so_run(runner, tmp_path):
    env = {
        "INSTANCE_DIR": str(tmp_path),
        "CAMERAS": "door=0",
        "ADMIN_PASSWORD": "correct horse battery",
    }
    lines = documents.examples_to_run()
    assert len(lines) > 7
    for line in ("python -m webapp db upgrade", *lines):
        words = shlex.split(line.replace("/srv/backups", str(tmp_path)))
        assert words[1:3] == ["-m", "webapp"], line
        done = runner.invoke(main, words[3:], env=env)
        assert done.exit_code == 0, (line, done.output)


@pytest.mark.parametrize(
    "text", [README, MEASURED, MODEL_CARD], ids=["README", "measured", "model card"]
)
@pytest.mark.parametrize(
    "figure",
    [METRICS["accuracy"], METRICS["macro_f1"], METRICS["fer_plus_majority"]["accuracy"]],
    ids=["accuracy", "macro F1", "FER+ majority"],
)
def test_the_model_s_figures_are_those_of_metrics_json(text, figure):
    assert f"{figure:.1%}".replace("%", " %") in text


def test_the_metrics_belong_to_the_weights():
    metadata = json.loads((ROOT / "model" / "metadata.json").read_text())
    assert METRICS["weights_sha256"] == metadata["weights_sha256"]
    assert METRICS["classes"] == metadata["classes"]


def test_no_third_party_browser_code_is_committed():
    tracked = subprocess.run(
        ["git", "ls-files", "static"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert not [path for path in tracked if "vendor" in path or ".min." in path]


def test_what_training_leaves_beside_a_model_cannot_be_committed():
    names = ("worst.png", "checkpoint.json", "checkpoint-40.keras", ".evenkeel-1/a")
    paths = [f"{folder}/{name}" for folder in ("model", "model/cnn", "mine") for name in names]
    done = subprocess.run(
        ["git", "check-ignore", *paths], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == paths


def test_the_lock_file_names_no_download_address():
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def test_the_pages_on_programs_name_every_scope_and_field():
    api, webhooks = ((ROOT / "docs" / f"{name}.md").read_text() for name in ("api", "webhooks"))
    assert set(re.findall(r"^\| `(\w+)` \|", api, re.MULTILINE)) == set(TokenScope)
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", webhooks, re.MULTILINE)
    assert set(re.findall(r"\w+", " ".join(rows))) == set(EXAMPLE)
