"""A ticket becomes a conversation: states with dates, the customer's link, the person's blind index."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for column in (
        sa.Column("state_at", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("person_digest", sa.String(64), nullable=False, server_default=""),
        sa.Column("letters", sa.String(40), nullable=False, server_default=""),
        sa.Column("link_hash", sa.String(64), nullable=True),
        sa.Column("link_public", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_link", sa.LargeBinary(), nullable=True),
        sa.Column("link_answers", sa.LargeBinary(), nullable=True),
        sa.Column("link_by", sa.String(60), nullable=False, server_default=""),
        sa.Column("code_lock", sa.LargeBinary(), nullable=True),
        sa.Column("code_until", sa.BigInteger(), nullable=True),
    ):
        op.add_column("ticket", column)
    with op.batch_alter_table("ticket") as batch:
        batch.create_unique_constraint("uq_ticket_link_hash", ["link_hash"])
        batch.create_index("ix_ticket_person_digest", ["person_digest"])
    op.add_column("message", sa.Column("link_key", sa.LargeBinary(), nullable=True))
    op.add_column("message", sa.Column("origin", sa.String(80), nullable=True))
    op.create_index("ix_message_origin", "message", ["ticket_id", "origin"], unique=True)
    op.create_table(
        "milestone",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("by", sa.String(10), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_milestone_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_milestone"),
    )
    op.create_index("ix_milestone_ticket_id", "milestone", ["ticket_id"])
    op.execute("UPDATE ticket SET state = 'received', state_at = created_at WHERE state = 'open'")
    letters = (
        "SELECT destination FROM delivery WHERE delivery.ticket_id = ticket.id AND delivery.kind = 'acknowledgement'"
    )
    op.execute(f"UPDATE ticket SET letters = coalesce(({letters} LIMIT 1), '')")


def downgrade() -> None:
    op.drop_table("milestone")
    op.drop_index("ix_message_origin", "message")
    op.drop_column("message", "origin")
    op.drop_column("message", "link_key")
    with op.batch_alter_table("ticket") as batch:
        batch.drop_constraint("uq_ticket_link_hash")
        batch.drop_index("ix_ticket_person_digest")
        for name in (
            *("state_at", "person_digest", "letters", "link_hash", "link_public", "sealed_link", "link_answers"),
            *("link_by", "code_lock", "code_until"),
        ):
            batch.drop_column(name)
