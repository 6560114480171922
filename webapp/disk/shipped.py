"""What was installed beside Evenkeel, by whom it may be used, and what is known of the network."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
# Some packages put the whole text into the field that has room for a name.
LONGEST_NAME = 60
CLASSIFIER = "License :: "
UNSTATED = "not stated"


@dataclass(frozen=True)
class Package:
    """A package and its licence, as it states it itself."""

    name: str
    version: str
    licence: str


def python_packages(requirements: Path) -> list[Package]:
    """Return those packages of a requirements file that are installed."""
    try:
        names = PINNED.findall(requirements.read_text())
    except OSError:
        return []
    return sorted(_installed(names), key=lambda package: package.name.lower())


def browser_packages(lock: Path) -> list[Package]:
    """Return the packages that pages load, from npm's lock file."""
    packages = _read_json(lock).get("packages", {})
    return [
        Package(path.removeprefix("node_modules/"), each["version"], each.get("license", UNSTATED))
        for path, each in packages.items()
        if path and not each.get("dev")
    ]


def model_facts(model_dir: Path) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Return a network's metadata, its figures and its card; what is not there is empty."""
    try:
        card = (model_dir / "README.md").read_text()
    except OSError:
        card = ""
    return _read_json(model_dir / "metadata.json"), _read_json(model_dir / "metrics.json"), card


def _installed(names: list[str]) -> Iterator[Package]:
    for name in names:
        try:
            metadata = distribution(name).metadata
        except PackageNotFoundError:
            # Of another system or Python.
            continue
        yield Package(metadata["Name"], metadata["Version"], _licence(metadata))


def _licence(metadata: Any) -> str:
    stated = (metadata["License-Expression"] or metadata["License"] or "").strip()
    classifiers = [
        text.rpartition(" :: ")[2]
        for text in metadata.get_all("Classifier") or ()
        if text.startswith(CLASSIFIER)
    ]
    is_name = 0 < len(stated) <= LONGEST_NAME and "\n" not in stated
    return stated if is_name else ", ".join(classifiers) or UNSTATED


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
