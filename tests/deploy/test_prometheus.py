"""What Prometheus and Grafana are given names metrics that there are, and rules that fire."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from tests.patience import PATIENCE_S
from tests.services import require_or_skip
from tests.web.api.test_metrics import PROCESSES
from tests.web.pages.test_health import WELL
from webapp.config import ROOT
from webapp.web.api.metrics import StateCollector

DEPLOY = ROOT / "deploy"
RULES = (DEPLOY / "prometheus-rules.yml").read_text()
BOARD = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
BOARD_QUERIES = [
    *(target["expr"] for panel in BOARD["panels"] for target in panel.get("targets", ())),
    *(each["definition"] for each in BOARD["templating"]["list"] if "definition" in each),
]
# As Prometheus names what makes up a metric.
PARTS = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
}
# Which Grafana fills in.
VARIABLES = {"$__rate_interval": "1m"}


def run_promtool(*arguments: object, stdin: bytes | None = None) -> str:
    """Run promtool; returns what it says, which fails the test when it is not content."""
    promtool = shutil.which("promtool")
    require_or_skip("promtool", promtool is not None)
    done = subprocess.run(
        [promtool, *map(str, arguments)], input=stdin, capture_output=True, timeout=PATIENCE_S
    )
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, said
    return said


def exported() -> set[str]:
    """Return the names of all that /metrics may say."""
    return {
        metric.name + part
        for metric in StateCollector(WELL).collect()
        for part in PARTS[metric.type]
    }


@pytest.mark.parametrize("text", [RULES, " ".join(BOARD_QUERIES)], ids=["rules", "dashboard"])
def test_every_metric_that_is_named_is_exported(text):
    named = set(re.findall(r"\bevenkeel_\w+", text))
    assert len(named) > 5
    assert named <= exported()


def test_the_dashboard_shows_every_metric_but_those_that_say_who_or_since_when():
    shown = set(re.findall(r"\bevenkeel_\w+", " ".join(BOARD_QUERIES)))
    shown |= {"evenkeel_camera_delay_seconds_sum", "evenkeel_camera_delay_seconds_count"}
    assert exported() - shown == {
        "evenkeel_version",
        "evenkeel_camera_state_since_timestamp_seconds",
        "evenkeel_camera_below_group_floor",
        "evenkeel_process_restarts_total",
        "evenkeel_disk_bytes",
    }


def test_the_panels_of_the_dashboard_lie_side_by_side_and_have_numbers_of_their_own():
    places = [panel["gridPos"] for panel in BOARD["panels"]]
    cells = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells)) and max(x for x, _ in cells) < 24
    numbers = [panel["id"] for panel in BOARD["panels"]]
    assert len(numbers) == len(set(numbers))


def test_prometheus_takes_the_configuration_and_the_rules_which_fire(tmp_path: Path):
    configuration = shutil.copy(DEPLOY / "prometheus.yml", tmp_path)
    shutil.copy(DEPLOY / "prometheus-rules.yml", tmp_path)
    (tmp_path / "evenkeel-token").write_text("evk_")
    assert "SUCCESS" in run_promtool("check", "config", configuration)
    played = shutil.copy(Path(__file__).parent / "alerts_fire.yml", tmp_path)
    assert "SUCCESS" in run_promtool("test", "rules", played)


def test_prometheus_takes_the_queries_of_the_dashboard(tmp_path: Path):
    queries = [query for query in BOARD_QUERIES if not query.startswith("label_values")]
    rules = [{"record": f"panel:{n}", "expr": query} for n, query in enumerate(queries)]
    text = json.dumps({"groups": [{"name": "dashboard", "rules": rules}]})
    for name, value in VARIABLES.items():
        text = text.replace(name, value)
    # JSON is YAML, too.
    path = tmp_path / "dashboard.yml"
    path.write_text(text)
    assert f"{len(queries)} rules found" in run_promtool("check", "rules", path)


def test_prometheus_finds_nothing_wrong_with_what_is_exported():
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StateCollector(replace(WELL, processes=PROCESSES)))
    assert run_promtool("check", "metrics", stdin=generate_latest(registry)) == ""
