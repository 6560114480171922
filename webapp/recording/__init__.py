"""Collects history, writes it and alerts to the database, and deletes what is too old."""
