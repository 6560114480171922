"""Puts the parts together and starts and stops a serving process."""
