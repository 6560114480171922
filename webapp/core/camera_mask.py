"""Areas of a picture that nobody may see, as people write them and as cameras apply them."""

import re

# Corners (x, y) as shares of the picture's width and height, in [0, 1].
Polygon = tuple[tuple[float, float], ...]
LEAST_CORNERS, MOST_CORNERS, MOST_POLYGONS = 3, 40, 20
CORNER = re.compile(r"(?P<x>\d{1,3}(?:\.\d{1,4})?),(?P<y>\d{1,3}(?:\.\d{1,4})?)")
EXAMPLE = "such as 0,0 50,0 50,30 0,30 for a strip at the top left"


def parse_mask(text: str) -> tuple[Polygon, ...]:
    """Read an area in each line: its corners x,y in per cent of width and height, with blanks.

    Raises:
        ValueError: says what was expected, what came and in which line.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST_POLYGONS:
        raise ValueError(f"at most {MOST_POLYGONS} areas, got {len(lines)}")
    return tuple(_parse_polygon(line, number) for number, line in lines)


def format_mask(mask: tuple[Polygon, ...]) -> str:
    """Return what `parse_mask` reads as these areas."""
    return "\n".join(
        " ".join(f"{100 * x:.6g},{100 * y:.6g}" for x, y in polygon) for polygon in mask
    )


def _parse_polygon(line: str, number: int) -> Polygon:
    corners = tuple(_parse_corner(word, number) for word in line.split())
    if not LEAST_CORNERS <= len(corners) <= MOST_CORNERS:
        raise ValueError(
            f"{LEAST_CORNERS} to {MOST_CORNERS} corners in line {number}, got {len(corners)} "
            f"({EXAMPLE})"
        )
    return corners


def _parse_corner(word: str, number: int) -> tuple[float, float]:
    found = CORNER.fullmatch(word)
    if found:
        x, y = float(found["x"]), float(found["y"])
        if x <= 100 and y <= 100:
            return round(x / 100, 6), round(y / 100, 6)
    raise ValueError(
        f"corners x,y in per cent from 0 to 100, got “{word[:20]}” in line {number} ({EXAMPLE})"
    )
