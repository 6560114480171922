"""The commands of `python -m webapp`, by topic."""
