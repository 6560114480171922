"""Asks whether anything we pin has known holes: `python -m tools.audit`, for `make audit`.

Ends with 1 where there are holes and with 2 where a service gave no answer, since then nothing is
known. Both programs are read by what they print: pip-audit finds "no known vulnerabilities" in
packages that its service does not know, and npm ends with the same 1 for holes and for no answer.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

LOCKS = (
    "requirements.txt",
    "requirements-run.txt",
    "requirements-dev.txt",
    "requirements-npm.txt",
    "requirements-audit.txt",
    "requirements-docs.txt",
)
PIP_AUDIT = (
    *(".audit/bin/pip-audit", "--disable-pip", "--no-deps", "--format=json"),
    *("--progress-spinner=off", "--requirement"),
)
NPM_AUDIT = ("tools/npm", "audit", "--json")
HOLES, NO_ANSWER = 1, 2


class NoAnswer(Exception):
    """A service that knows about holes did not say anything about all that was asked."""


def main() -> None:
    """Ask both services, print what they know, and end by the worst of it."""
    status = 0
    # One at a time: pip-audit refuses packages that are in two of them.
    questions = [(lock, (*PIP_AUDIT, lock), python_holes) for lock in LOCKS]
    for name, command, read in (*questions, ("package-lock.json", NPM_AUDIT, browser_holes)):
        try:
            holes = read(ask(command))
        except NoAnswer as error:
            print(f"{name}: NOT CHECKED, so nothing is known: {error}", file=sys.stderr)
            status = NO_ANSWER
            continue
        print("\n".join((f"{name}: {len(holes)} known holes", *holes)))
        status = status or (HOLES if holes else 0)
    sys.exit(status)


def ask(command: Sequence[str]) -> Any:
    """Return the JSON that a program prints; raises NoAnswer where it prints none."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        told = done.stderr.strip().splitlines() or ["it printed nothing"]
        raise NoAnswer(f"{told[-1]} (exit status {done.returncode})") from None


def python_holes(report: Any) -> list[str]:
    """Return the holes that pip-audit reports; raises NoAnswer for packages left out."""
    packages = _part(report, "dependencies")
    unknown = [package["name"] for package in packages if "vulns" not in package]
    if unknown or not packages:
        raise NoAnswer(
            f"the service knows nothing of {len(unknown)} of {len(packages)} packages "
            f"({', '.join(unknown[:5])}). Ask pypi.org itself, not a mirror."
        )
    return [
        f"  {package['name']} {package['version']}: {hole['id']}, "
        f"mended in {', '.join(hole['fix_versions']) or 'no version'}"
        for package in packages
        for hole in package["vulns"]
    ]


def browser_holes(report: Any) -> list[str]:
    """Return the holes that npm reports; raises NoAnswer for a report about its own failure."""
    packages = _part(report, "vulnerabilities")
    return [f"  {name} {hole['range']}: {hole['severity']}" for name, hole in packages.items()]


def _part(report: Any, name: str) -> Any:
    if not isinstance(report, dict):
        raise NoAnswer(f"expected a report with {name}, got {json.dumps(report)[:200]}")
    if name not in report:
        raise NoAnswer(str(report.get("message") or report)[:200])
    return report[name]


if __name__ == "__main__":
    main()
