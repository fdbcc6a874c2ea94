"""Helpdesks: which turn a sending carries, what the other side calls a ticket, how far its answers were read."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("message_id", sa.String(32), nullable=True))
    op.add_column("delivery", sa.Column("external_id", sa.String(80), nullable=False, server_default=""))
    op.create_table(
        "delivery_case",
        sa.Column("ticket_id", sa.String(32), nullable=False),
        sa.Column("destination", sa.String(40), nullable=False),
        sa.Column("external_id", sa.String(80), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False, server_default=""),
        sa.Column("cursor", sa.String(200), nullable=False, server_default=""),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("quiet", sa.Integer(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_delivery_case_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("ticket_id", "destination", name="pk_delivery_case"),
    )
    by_name = "ix_delivery_case_destination_delivery_case_external_id"
    op.create_index(by_name, "delivery_case", ["destination", "external_id"])
    op.create_index("ix_delivery_case_destination_delivery_case_due_at", "delivery_case", ["destination", "due_at"])
    op.create_table(
        "delivery_mark",
        sa.Column("destination", sa.String(40), nullable=False),
        sa.Column("cursor", sa.String(200), nullable=False, server_default=""),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("destination", name="pk_delivery_mark"),
    )


def downgrade() -> None:
    op.drop_table("delivery_mark")
    op.drop_table("delivery_case")
    op.drop_column("delivery", "external_id")
    op.drop_column("delivery", "message_id")
