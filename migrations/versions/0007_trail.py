"""Tickets remember which articles the customer had seen before writing."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("ticket", sa.Column("trail", sa.String(length=1000), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("ticket", "trail")
