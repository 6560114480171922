"""The bundled demo clip: composite faces of no real person, and the truth of what they show."""

from pathlib import Path

CLIP = Path(__file__).resolve().parent / "demo.mp4"
TIMELINE = Path(__file__).resolve().parent / "timeline.json"
