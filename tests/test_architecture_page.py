"""The drawings of docs/architecture.md, held against the code."""

import ast
import re
import threading
from collections.abc import Iterator
from dataclasses import replace

from flask import Flask

from tests.patience import wait_until
from tests.test_architecture import ANYTHING, MAY_IMPORT, WEBAPP, imports, modules
from webapp.config import ROOT, Settings
from webapp.serving.in_process import start_runtime, stop_runtime

PAGE = (ROOT / "docs" / "architecture.md").read_text()
PROCESSES, FLOW, ROOMS = re.findall(r"```mermaid\n(.*?)```", PAGE, re.S)
HAND_OVERS = re.findall(r"^ +(\w+) -- (\w+) --> (\w+)$", FLOW, re.M)
IMPORTS = set(re.findall(r"^ +(\w+) --> (\w+)$", ROOMS, re.M))
ROWS = set(re.findall(r"^\| ([a-z ]+?)(?:,[^|]*)? \|", PAGE, re.M))
THREADS = set(re.findall(r"^\| `([a-z-]+)(?:-<\w+>)?` \|", PAGE, re.M))


def classes() -> Iterator[tuple[str, ast.ClassDef]]:
    """Yield every class of the package by its name."""
    for path in WEBAPP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                yield node.name, node


def words(node: ast.AST) -> set[str]:
    """Return every name, attribute, argument and function in a piece of code, without `_`."""
    found = set()
    for part in ast.walk(node):
        for field in ("id", "attr", "arg", "name"):
            found.add(str(getattr(part, field, "")).lstrip("_"))
    return found


def test_the_processes_that_are_drawn_are_explained_and_their_connections_are_there():
    arrows = re.findall(r"^ +(\w+).* -- (\S+) --> (\w+)", PROCESSES, re.M)
    assert len(arrows) == PROCESSES.count("-->")
    for path in (path for _, path, _ in arrows):
        assert (WEBAPP / path).is_file(), path
    titles = dict(re.findall(r"(\w+)\[([\w ]+)\]", PROCESSES))
    outside = set(re.findall(r"(\w+)(?:\(\[|\[\()", PROCESSES))
    drawn = {end for first, _, last in arrows for end in (first, last)} - outside
    assert {titles.get(name, name) for name in drawn} == ROWS - {"process", "thread"}


def test_both_ends_of_every_hand_over_name_it():
    assert len(HAND_OVERS) == FLOW.count("-->") > 10
    known = dict(classes())
    for sender, what, receiver in HAND_OVERS:
        for end in (sender, receiver):
            assert end in known, f"there is no class {end}"
            assert what in words(known[end]), f"{end} does not name {what}"


def test_the_arrows_between_rooms_are_the_imports_of_the_code():
    assert len(IMPORTS) == ROOMS.count("-->")
    found = {
        (room, name.split(".")[1])
        for room in MAY_IMPORT
        for path in modules(room)
        for name in imports(path)
        if name.startswith("webapp.") and name.split(".")[1] in MAY_IMPORT
    }
    assert {(a, b) for a, b in found if a != b} == IMPORTS
    assert not ANYTHING & {room for arrow in IMPORTS for room in arrow}


def test_a_serving_process_runs_the_threads_of_the_table(app: Flask, settings: Settings) -> None:
    before = set(threading.enumerate())
    start_runtime(app, replace(settings, notify_urls=("json://127.0.0.1:9/",)))
    try:
        wait_until(lambda: any("sender" in thread.name for thread in threading.enumerate()))
        started = {thread.name for thread in threading.enumerate() if thread not in before}
    finally:
        stop_runtime(app)
    assert {re.sub("-(demo|[0-9a-f]{8})$", "", name) for name in started} == THREADS
