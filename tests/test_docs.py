"""What the documents say is what the code does."""

import json
import re
import subprocess

import pytest

from webapp.config import ROOT

README = (ROOT / "README.md").read_text()
CONFIG = (ROOT / "webapp" / "config.py").read_text()
MODEL_CARD = (ROOT / "model" / "README.md").read_text()
METRICS = json.loads((ROOT / "model" / "metrics.json").read_text())


def test_every_setting_is_in_the_table_and_nothing_else():
    read = set(re.findall(r'read(?:\.(?:parsed_)?secret(?:_lines)?)?\(\s*"([A-Z_]+)"', CONFIG))
    read |= {f"{name}_FILE" for name in re.findall(r'read\.file\("([A-Z_]+)"', CONFIG)}
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE))
    assert read == documented


def test_every_link_inside_the_repository_leads_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("text", [README, MODEL_CARD], ids=["README", "model card"])
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
