"""Watches for alerts, writes what happens, and tells the receivers."""
