"""Runs the migrations on the connection, and in the transaction, that ``Database.upgrade`` opened.

There is no alembic.ini: the address of the database is a setting of the product. To draft a new migration:
``python -m migrations.draft "why"``.
"""

from alembic import context

from webapp.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # true of SQLite too: a migration is applied whole or not at all
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
