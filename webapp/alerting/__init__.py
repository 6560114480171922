"""Watches for alerts and notifies the receivers."""
