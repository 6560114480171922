"""Prints how large an environment is, and its largest parts: `python -m tools.installed_size`."""

import argparse
import sys
from pathlib import Path

MEGABYTE = 1e6


def main() -> None:
    """Print a Markdown table, the largest part first, and the sum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(sys.prefix))
    parser.add_argument("--most", type=int, default=12, help="How many parts to name.")
    options = parser.parse_args()
    sizes = part_sizes(options.folder)
    print("| part | MB |\n|---|---|")
    for name in sorted(sizes, key=lambda part: -sizes[part])[: options.most]:
        print(f"| {name} | {sizes[name] / MEGABYTE:.0f} |")
    print(f"| **all of {options.folder}** | **{sum(sizes.values()) / MEGABYTE:.0f}** |")


def part_sizes(folder: Path) -> dict[str, int]:
    """Return the bytes of each package in an environment, and of what else lies in it.

    As the disk holds them, in whole blocks; a package is named by its folder in `site-packages`,
    with the libraries that lie beside it.
    """
    sizes: dict[str, int] = {}
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).parts
        in_packages = (
            inside[inside.index("site-packages") + 1 :] if "site-packages" in inside else ()
        )
        part = (in_packages or inside)[0]
        name = part.removesuffix(".libs")
        # As `du` counts, folders and links too.
        sizes[name] = sizes.get(name, 0) + path.lstat().st_blocks * 512
    return sizes


if __name__ == "__main__":
    main()
