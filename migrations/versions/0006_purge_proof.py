"""What was deleted leaves a proof: what, how many, when."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "purge_proof",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_purge_proof"),
    )
    op.create_index("ix_purge_proof_at", "purge_proof", ["at"])


def downgrade() -> None:
    op.drop_table("purge_proof")
