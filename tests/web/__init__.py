"""Tests of the pages, the API and the live connections."""
