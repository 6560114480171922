"""Tests of reading a model card."""

from webapp.core.model_card import Paragraph, Table, read_card

CARD = """# Model card

Not shown.

## Known failures
It takes **fear** for `sadness`;
see [the table](#figures).

    a command

![Confusions](confusion.png)

## By group

| group | right |
|---|---|
| `wild`, all | 60.5 % |
| the darkest third | 52.3 % |
"""


def test_paragraphs_and_tables_are_read_below_their_headings():
    assert read_card(CARD) == {
        "Known failures": [Paragraph("It takes fear for sadness; see the table.")],
        "By group": [
            Table(("group", "right"), (("wild, all", "60.5 %"), ("the darkest third", "52.3 %")))
        ],
    }
    assert read_card("") == {}
