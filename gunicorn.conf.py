"""The web server: ``gunicorn -c gunicorn.conf.py wsgi:app`` (``make run`` starts it with the delivery worker).

``PORT`` (8000), ``GUICHET_BIND`` (127.0.0.1) and ``GUICHET_WORKERS`` (2) are read here; everything else is a setting
of the application. Eight slow clients fill 2 workers × 4 threads: on a network, a buffering reverse proxy stands in
front (docs/operations.md).
"""

import gc
import os
from typing import Any

import gunicorn.http.wsgi
from gunicorn.glogging import Logger

from webapp import logs, memory
from webapp.settings import Settings
from webapp.web.factory import warm

memory.one_heap()

_settings = Settings.from_environ(opens=False)

bind = f"{os.environ.get('GUICHET_BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("GUICHET_WORKERS", "2"))
threads = 4
preload_app = True  # one copy of code in memory; the factory opens nothing, each worker makes its own connections
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 -- a heartbeat file without a name
control_socket_disable = True  # nobody administers a worker through a file in the home folder

timeout = 30  # a request waits at most 5 s for the database
graceful_timeout = 4
keepalive = 5
max_requests = 1_000_000  # a leak of some library stays small; minutes apart at the highest load measured
max_requests_jitter = 100_000

limit_request_line = 4_094
limit_request_fields = 60
limit_request_field_size = 8_190
forwarder_headers = ""  # no header may set SCRIPT_NAME or PATH_INFO
secure_scheme_headers: dict[str, str] = {}  # X-Forwarded-* are believed in one place: trusted_proxies

accesslog = None  # an address line holds a customer's question; the proxy logs what is needed, without queries
errorlog = "-"
proc_name = "guichet"

gunicorn.http.wsgi.SERVER = "Guichet"  # no version for scanners to look up


class logger_class(Logger):
    """Server events through the allow-list of ``webapp.logs``, like everybody's."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        logs.configure(production=_settings.production, level=_settings.log_level)


def when_ready(server: Any) -> None:
    """Open the published version before the fork, out of garbage collection's reach: the workers share one copy."""
    warm(server.app.wsgi())
    gc.collect()
    memory.give_back()
    gc.freeze()
