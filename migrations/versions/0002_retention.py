"""Tickets are emptied at the end of their retention period: remember when, and find quickly what is left to empty."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NOT_EMPTIED = sa.text("emptied_at IS NULL")


def upgrade() -> None:
    op.add_column("ticket", sa.Column("emptied_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_ticket_not_emptied",
        "ticket",
        ["created_at"],
        sqlite_where=_NOT_EMPTIED,
        postgresql_where=_NOT_EMPTIED,
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_not_emptied", "ticket")
    op.drop_column("ticket", "emptied_at")
