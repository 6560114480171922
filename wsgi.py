"""The application for gunicorn; its configuration starts the cameras after the fork."""

from webapp.app import create_app
from webapp.config import read_settings

app = create_app(read_settings())
