import csv
import io
import json

import pytest

from webapp.disk.exports import JsonListText, csv_line


@pytest.mark.parametrize("elements", [[], [{"a": 1}], [1, "ü\udcff\n", None]])
def test_the_pieces_are_a_list(elements):
    text = JsonListText()
    pieces = [*map(text.add, elements), text.end()]
    assert len(pieces) == len(elements) + 1
    assert json.loads("".join(pieces)) == elements
    assert "".join(pieces).isascii()


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        ([], "\n"),
        ([1, 0.5, None, "door"], "1,0.5,,door\n"),
        ([-1, -0.5], "-1,-0.5\n"),
        (["=1+1", "+1", "-1", "@a", "\ta"], "'=1+1,'+1,'-1,'@a,'\ta\n"),
        (["\ra"], '"\'\ra"\n'),
        (["a=1", ""], "a=1,\n"),
        (["a,b", 'say "a"', "two\nlines"], '"a,b","say ""a""","two\nlines"\n'),
    ],
)
def test_a_line(cells, line):
    assert csv_line(cells) == line
    told = next(csv.reader(io.StringIO(line, newline="")))
    assert len(told) == len(cells)
