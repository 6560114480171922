"""Tests of how `make audit` reads what the services say, and what they leave unsaid."""

import json
import sys
from typing import Any

import pytest

from tools import audit
from webapp.config import ROOT

SAFE = {"name": "click", "version": "8.5.1", "vulns": []}
HOLE = {"id": "PYSEC-1", "fix_versions": ["2.11"]}
HOLED = {"name": "jinja2", "version": "2.10", "vulns": [HOLE]}
UNKNOWN = {"name": "flask", "skip_reason": "Dependency not found on PyPI"}
NO_BROWSER_HOLES: dict[str, Any] = {"vulnerabilities": {}}
BROWSER_HOLE = {"vulnerabilities": {"ws": {"range": "<8.17.1", "severity": "high"}}}


def printing(report: object) -> tuple[str, ...]:
    """Return a command that prints a report and fails, as both programs may."""
    text = report if isinstance(report, str) else json.dumps(report)
    code = "import sys; print(sys.argv[1]); sys.exit('connection refused')"
    return (sys.executable, "-c", code, text)


@pytest.mark.parametrize(
    ("python", "browser", "status", "said"),
    [
        ([SAFE], NO_BROWSER_HOLES, 0, "0 known holes"),
        ([SAFE, HOLED], NO_BROWSER_HOLES, 1, "jinja2 2.10: PYSEC-1, mended in 2.11"),
        ([SAFE], BROWSER_HOLE, 1, "ws <8.17.1: high"),
        ([SAFE, UNKNOWN], NO_BROWSER_HOLES, 2, "nothing of 1 of 2 packages (flask)"),
        ([], NO_BROWSER_HOLES, 2, "NOT CHECKED"),
        ([SAFE], {"message": "405 Method Not Allowed"}, 2, "405 Method Not Allowed"),
        ([SAFE], "", 2, "connection refused (exit status 1)"),
        ([HOLED], {"error": {}}, 2, "jinja2"),
    ],
)
def test_nothing_unknown_passes(
    python: list[Any],
    browser: object,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(audit, "PIP_AUDIT", printing({"dependencies": python}))
    monkeypatch.setattr(audit, "NPM_AUDIT", printing(browser))
    with pytest.raises(SystemExit) as ended:
        audit.main()
    assert ended.value.code == status
    assert said in "".join(capsys.readouterr())


def test_every_lock_is_asked_about() -> None:
    assert sorted(audit.LOCKS) == sorted(path.name for path in ROOT.glob("requirements*.txt"))


@pytest.mark.parametrize("lock", audit.LOCKS)
def test_every_pinned_package_has_hashes(lock: str) -> None:
    blocks = (ROOT / lock).read_text().split("\n    # via")
    pinned = [block for block in blocks if "==" in block]
    assert pinned
    assert [block.strip()[:40] for block in pinned if "--hash=sha256:" not in block] == []
