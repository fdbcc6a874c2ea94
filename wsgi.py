"""WSGI entry: ``gunicorn wsgi:app`` or ``flask --app wsgi …``."""

import os

from webapp import create_app
from webapp.settings import Settings

# A web server opens nothing that customers wrote; an operator's command may, and Flask says which of the two this is.
app = create_app(Settings.from_environ(opens="FLASK_RUN_FROM_CLI" in os.environ))
