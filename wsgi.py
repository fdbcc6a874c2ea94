"""WSGI entry: ``gunicorn wsgi:app`` or ``flask --app wsgi …``."""

from webapp import create_app
from webapp.settings import Settings

app = create_app(Settings.from_environ())
