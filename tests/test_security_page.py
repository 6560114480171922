"""What docs/security.md names is there."""

import ast
import re

from webapp.config import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")][1:]
KINDS = (
    *("Spoofing", "Tampering", "Repudiation", "Information disclosure"),
    *("Denial of service", "Elevation of privilege"),
)


def names_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_is_named_is_there():
    assert len(NAMED) > 50
    missing = {f"{path}::{name}" for path, name in NAMED if name not in names_in(path)}
    assert missing == set()


def test_every_threat_has_an_answer_and_a_test():
    assert all(row.count("|") == 4 and "::test_" in row for row in ROWS)
    assert all(f"**{kind}**" in PAGE for kind in KINDS)
