"""Draft a new migration from the difference between the last one and ``webapp/tables.py``.

``python -m migrations.draft 0002 "Keep the agents' answers"``: read the file it writes before you commit it.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from webapp.db import Database
from webapp.revisions import MIGRATIONS


def draft(number: str, why: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'draft.sqlite3'}")
        database.upgrade()
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with database.transaction() as connection:
            config.attributes["connection"] = connection
            command.revision(config, why, autogenerate=True, rev_id=number)
        database.dispose()


if __name__ == "__main__":
    draft(*sys.argv[1:])
