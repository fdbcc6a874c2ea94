"""WSGI entry: ``gunicorn wsgi:app`` or ``flask --app wsgi …``."""

from webapp.settings import Settings
from webapp.web.factory import create_app

app = create_app(Settings.from_environ())
