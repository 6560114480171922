"""Reads the parts of a model card, as far as its Markdown goes: paragraphs and tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MARKS = re.compile(r"\*\*|`|!?\[([^\]]*)\]\([^)]*\)")
RULE = re.compile(r"\|?[\s|:-]+\|?")


@dataclass(frozen=True)
class Paragraph:
    """Some sentences, without marks."""

    text: str


@dataclass(frozen=True)
class Table:
    """A table; every row has as many cells as its writer gave it."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Paragraph | Table


def read_card(text: str) -> dict[str, list[Block]]:
    """Return the blocks below each heading of the second level, by its words."""
    parts = re.split(r"^## +(.+)$", text, flags=re.MULTILINE)
    return {
        heading.strip(): list(_blocks(body))
        for heading, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def _blocks(body: str) -> Iterator[Block]:
    for block in re.split(r"\n\s*\n", body.strip()):
        lines = [line.rstrip() for line in block.splitlines()]
        if not block.strip() or lines[0].startswith(("    ", "![")):
            # A command or a picture, which belong to the card alone.
            continue
        if lines[0].startswith("|"):
            rows = [_cells(line) for line in lines if not RULE.fullmatch(line)]
            yield Table(rows[0], tuple(rows[1:]))
        else:
            yield Paragraph(_plain(" ".join(line.strip() for line in lines)))


def _cells(line: str) -> tuple[str, ...]:
    return tuple(_plain(cell.strip()) for cell in line.strip("|").split("|"))


def _plain(text: str) -> str:
    return MARKS.sub(lambda found: found[1] or "", text)
