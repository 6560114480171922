"""The pages that people read, and what stands in them: headings, links, commands, settings."""

import re
from collections.abc import Iterator
from pathlib import Path

from webapp.config import ROOT

DOCS = ROOT / "docs"
PAGES = (
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *(ROOT / folder / "README.md" for folder in ("model", "benchmarks")),
    *sorted(DOCS.glob("*.md")),
)
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# Stands before an example that a test runs.
RUN = re.compile(r"^<!-- A test runs this. -->\n```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def headings(page: Path) -> set[str]:
    """Return the anchors of a page, as its headings give them."""
    titles = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def links(page: Path) -> list[tuple[Path, str]]:
    """Return where the links inside the repository lead: a file, and an anchor or nothing."""
    found = re.findall(r"\]\(([^):]+)\)", FENCED.sub("", page.read_text()))
    parts = (target.partition("#") for target in found)
    return [((page.parent / name).resolve() if name else page, anchor) for name, _, anchor in parts]


def settings() -> set[str]:
    """Return the settings that docs/configure.md explains."""
    page = (DOCS / "configure.md").read_text()
    return set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE))


def shell_lines(text: str) -> list[str]:
    """Return the commands of a shell example, without comments, each on one line."""
    joined = re.sub(r"\s*\\\n\s*", " ", text)
    return [line for line in (re.sub(r"(^| +)# .*", "", raw) for raw in joined.split("\n")) if line]


def code_of(page: Path) -> Iterator[str]:
    """Yield what stands as code on a page: lines of shell examples, and pieces within the text."""
    text = page.read_text()
    for example in SHELL.findall(text):
        yield from shell_lines(example)
    for piece in CODE.findall(FENCED.sub("", text)):
        yield " ".join(piece.split())


def examples_to_run() -> list[str]:
    """Return the lines of all examples that are marked to be run, in the order of the pages."""
    return [
        line
        for page in PAGES
        for text in RUN.findall(page.read_text())
        for line in shell_lines(text)
    ]
