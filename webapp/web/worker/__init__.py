"""The gunicorn worker that serves thousands of connections from one thread."""
