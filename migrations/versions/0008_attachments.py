"""Files that customers join to a message: the rows; the sealed bytes are files under the data folder."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("ticket_id", sa.String(32), nullable=False),
        sa.Column("message_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("scan", sa.String(10), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed_about", sa.LargeBinary(), nullable=False),
        sa.Column("link_key", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_attachment_ticket_id_ticket"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_attachment_message_id_message"),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
    )
    op.create_index("ix_attachment_ticket_id", "attachment", ["ticket_id"])
    op.create_index("ix_attachment_message_id", "attachment", ["message_id"])


def downgrade() -> None:
    op.drop_table("attachment")
