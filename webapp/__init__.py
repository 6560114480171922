"""Evenkeel: a live dashboard of how a crew is coping."""

__version__ = "0.1.0"
