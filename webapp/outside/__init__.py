"""Tells other programs how the cameras are doing."""
