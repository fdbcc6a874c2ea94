"""Opinions are counted by the surface they were given on: hub, a partner's widget, Facebook's tab."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_BEFORE = ("article", "language", "digest", "month", "answer")
_WHERE = ("surface", "partner")


def upgrade() -> None:
    # Counts of before are the hub's and the frames' together: nothing says which, and most came at the hub.
    with op.batch_alter_table("opinion") as batch:
        batch.add_column(sa.Column("surface", sa.String(length=10), server_default="hub", nullable=False))
        batch.add_column(sa.Column("partner", sa.String(length=40), server_default="", nullable=False))
        batch.drop_constraint("pk_opinion", type_="primary")
        batch.create_primary_key("pk_opinion", [*_BEFORE, *_WHERE])


def downgrade() -> None:
    opinion = sa.table("opinion", *(sa.column(name) for name in (*_BEFORE, "count")))
    keys = [opinion.c[name] for name in _BEFORE]
    connection = op.get_bind()
    summed = connection.execute(sa.select(*keys, sa.func.sum(opinion.c.count).label("count")).group_by(*keys))
    rows = [dict(row) for row in summed.mappings()]
    connection.execute(sa.delete(opinion))
    with op.batch_alter_table("opinion") as batch:
        batch.drop_constraint("pk_opinion", type_="primary")
        batch.create_primary_key("pk_opinion", list(_BEFORE))
        for name in _WHERE:
            batch.drop_column(name)
    if rows:
        connection.execute(sa.insert(opinion), rows)
