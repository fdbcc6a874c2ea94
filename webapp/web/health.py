"""The state of this process for monitors: which version is served, and whether requests can be kept and sent."""

import logging

from webapp.knowledge.shelf import NothingPublished
from webapp.web.resources import Resources

_log = logging.getLogger(__name__)


def report(resources: Resources) -> dict[str, str]:
    """`status`: ok or degraded; `version`: what is published; `database`, `worker`: ok, or what is wrong."""
    try:
        version = resources.shelf.current().version
    except NothingPublished:
        version = ""
    database = _database(resources)
    worker = _worker(resources) if database == "ok" else "unknown"
    fine = bool(version) and database == "ok" and worker == "ok"
    return {"status": "ok" if fine else "degraded", "version": version, "database": database, "worker": worker}


def _database(resources: Resources) -> str:
    from sqlalchemy import text

    from webapp.db import DatabaseUnavailable

    try:
        with resources.database.reading() as connection:
            connection.execute(text("SELECT count(*) FROM ticket WHERE 1 = 0"))
    except DatabaseUnavailable as error:
        return {"DatabaseBusy": "busy", "DatabaseFull": "full"}.get(type(error).__name__, "unavailable")
    return "ok"


def _worker(resources: Resources) -> str:
    return "ok"
