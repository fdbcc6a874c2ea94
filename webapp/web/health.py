"""The state of this process for monitors: which version is served, and whether requests can be kept and sent."""

import logging

from webapp.delivery import sign_of_life
from webapp.knowledge.shelf import NothingPublished
from webapp.web.resources import Resources

_log = logging.getLogger(__name__)


def report(resources: Resources) -> dict[str, str]:
    """`status`: ok or degraded; `version`: what is published; `database`, `worker`: ok, or what is wrong.

    The worker only informs: without it requests are kept and sent later, and on several hosts it lives on one of them.
    """
    try:
        version = resources.shelf.current().version
    except NothingPublished:
        version = ""
    database = _database(resources)
    fine = bool(version) and database == "ok"
    return {
        "status": "ok" if fine else "degraded",
        "version": version,
        "database": database,
        "worker": sign_of_life.state(resources.settings.data),
    }


def _database(resources: Resources) -> str:
    from sqlalchemy import text

    from webapp.db import DatabaseUnavailable

    try:
        with resources.database.reading() as connection:
            connection.execute(text("SELECT count(*) FROM ticket WHERE 1 = 0"))
    except DatabaseUnavailable as error:
        return {"DatabaseBusy": "busy", "DatabaseFull": "full"}.get(type(error).__name__, "unavailable")
    return "ok"
