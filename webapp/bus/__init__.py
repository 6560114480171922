"""Carries messages out of the process that made them."""
