"""Writes alerts and history to the database, and deletes what is too old."""
