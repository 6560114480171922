"""Prints how a package is cut: files, functions and their lengths, helpers that are used once.

python tools/shape.py webapp
"""

import ast
import re
import sys
from collections import Counter
from pathlib import Path
from statistics import median, quantiles


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function's body that hold code; the docstring and signature do not."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    held = {
        line
        for node in body
        for part in ast.walk(node)
        if hasattr(part, "lineno")
        for line in (part.lineno, part.end_lineno)
    }
    return len(held) or 1


def main(folder: Path) -> None:
    """Print the figures of every Python file below a folder."""
    sources = {path: path.read_text() for path in sorted(folder.rglob("*.py"))}
    lengths, private = [], []
    for source in sources.values():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lengths.append(code_lines(node))
                if node.name.startswith("_") and not node.name.startswith("__"):
                    private.append((node.name, source))
    words = {source: Counter(re.findall(r"\w+", source)) for _, source in private}
    # Once where it is defined, once where it is used.
    used_once = sum(words[source][name] == 2 for name, source in private)
    ports = (folder / "core" / "ports.py").read_text()
    print(f"files                      {len(sources)}")
    print(f"lines                      {sum(len(s.splitlines()) for s in sources.values()):,}")
    print(f"functions                  {len(lengths)}")
    print(f"code lines, median         {median(lengths):g}")
    print(f"code lines, p90            {quantiles(lengths, n=10)[-1]:g}")
    print(f"private helpers            {len(private)}")
    print(f"private helpers, used once {used_once}")
    print(f"dict[str, Any] in ports    {ports.count('dict[str, Any]')}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
