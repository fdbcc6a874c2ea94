"""A django-helpdesk site under var/peers/, holding Guichet's own articles: the peer of `make bench-peers`.

Installed from PyPI in an environment of its own; SQLite as its documentation proposes for a small site; mail thrown
away (Guichet's own sending is a separate process too); gunicorn with the same workers and threads as Guichet.
"""

import http.client
import json
import re
import subprocess
import sys
from urllib.parse import urlencode

from benchmarks.load import ROOT, Server, free_port

FOLDER = ROOT / "var" / "peers"
VERSION = "2.6.1"

SETTINGS = """
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = "benchmark-only"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.sites",
    "django.contrib.messages", "django.contrib.staticfiles", "django.contrib.admin", "django.contrib.humanize",
    "rest_framework", "helpdesk",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware", "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware", "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "peer_urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.template.context_processors.static", "django.contrib.messages.context_processors.messages",
    ]}}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "peer.sqlite3",
    "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"}}}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
STATIC_URL = "/static/"
SITE_ID = 1
USE_TZ = True
LANGUAGE_CODE = "fr"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
LOGIN_URL = "/login/"
HELPDESK_PUBLIC_TICKET_QUEUE = "banque"
HELPDESK_VIEW_A_TICKET_PUBLIC = True
HELPDESK_SUBMIT_A_TICKET_PUBLIC = True
HELPDESK_KB_ENABLED = True
HELPDESK_TEAMS_MODE_ENABLED = False
HELPDESK_REDIRECT_TO_LOGIN_BY_DEFAULT = False
LOGGING = {"version": 1, "disable_existing_loggers": False}
"""

URLS = """
from django.urls import include, path
urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]
"""

LOAD = """
import json, sys, django
django.setup()
from helpdesk.models import KBCategory, KBItem, Queue
Queue.objects.get_or_create(title="Banque", slug="banque", defaults={"allow_public_submission": True})
for theme, title, articles in json.load(open(sys.argv[1])):
    category, _ = KBCategory.objects.get_or_create(
        slug=theme, defaults={"name": title[:100], "title": title[:100], "description": title, "public": True})
    for question, answer in articles:
        KBItem.objects.get_or_create(
            category=category, title=question[:100], defaults={"question": question, "answer": answer})
"""


def prepare(articles: list[tuple[str, str, list[tuple[str, str]]]]) -> None:
    """Install the peer once and load (theme, title, [(question, Markdown answer)]) into its knowledge base."""
    python = FOLDER / "dh" / "bin" / "python"
    site = FOLDER / "site"
    site.mkdir(parents=True, exist_ok=True)
    if not (FOLDER / "dh" / ".done").exists():
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER / "dh")], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", f"django-helpdesk=={VERSION}", "gunicorn"], check=True)
        (FOLDER / "dh" / ".done").touch()
    (site / "peer_settings.py").write_text(SETTINGS)
    (site / "peer_urls.py").write_text(URLS)
    (site / "load.py").write_text(LOAD)
    (site / "articles.json").write_text(json.dumps(articles))
    (site / "peer.sqlite3").unlink(missing_ok=True)
    for step in (["-m", "django", "migrate", "-v0"], ["load.py", "articles.json"]):
        subprocess.run([python, *step], cwd=site, env=_env(), check=True)


def server() -> Server:
    port = free_port()
    gunicorn = str(FOLDER / "dh" / "bin" / "gunicorn")
    command = [
        gunicorn, "-k", "gthread", "-w", "2", "--threads", "4", "-b", f"127.0.0.1:{port}",
        "django.core.wsgi:get_wsgi_application()",
    ]  # fmt: skip
    return Server("django-helpdesk", command, port, _env(), FOLDER / "site")


def _env() -> dict[str, str]:
    return {"DJANGO_SETTINGS_MODULE": "peer_settings", "PYTHONPATH": str(FOLDER / "site")}


def ticket(connection: http.client.HTTPConnection, number: int) -> None:
    """One new visitor: GET the form, read the token and cookie, POST, check the answer."""
    connection.request("GET", "/tickets/submit/")
    answer = connection.getresponse()
    page = answer.read().decode()
    cookie = (answer.getheader("Set-Cookie") or "").split(";")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    queue = re.search(r'name="queue"[^>]*value="(\d+)"|<option value="(\d+)"', page)
    if answer.status != 200 or not token:
        raise AssertionError(f"form: {answer.status}")
    fields = {
        "csrfmiddlewaretoken": token[1],
        "queue": (queue[1] or queue[2]) if queue else "1",
        "title": f"Virement refusé {number}",
        "body": "Bonjour, mon virement vers un nouveau bénéficiaire est refusé depuis hier. Merci de votre aide.",
        "priority": "3",
        "submitter_email": f"client{number}@example.org",
    }
    connection.request(
        "POST",
        "/tickets/submit/",
        urlencode(fields),
        {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie, "Referer": "http://127.0.0.1/"},
    )
    answer = connection.getresponse()
    answer.read()
    if answer.status != 302:
        raise AssertionError(f"post: {answer.status}")
