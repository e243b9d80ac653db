"""Rights that were taken reach tokens that were given before; an administrator releases a member from a second factor."""

import sqlalchemy as sa
from alembic import op

from foundation_subgraph.kit.roles import FOUNDATION_ROLE

revision = "0011"
down_revision = "0010"

SCHEMA = "foundation"


def upgrade() -> None:
    add_moment("sessions", "rights_lessened_at")
    op.create_index("ix_sessions_rights_lessened_at", "sessions", ["rights_lessened_at"], schema=SCHEMA)
    op.execute(f"GRANT UPDATE (rights_lessened_at) ON {SCHEMA}.sessions TO {FOUNDATION_ROLE}")
    add_moment("memberships", "released_at")
    op.add_column("memberships", sa.Column("released_by", sa.Uuid(), nullable=True), schema=SCHEMA)
    op.execute(f"GRANT UPDATE (released_at, released_by) ON {SCHEMA}.memberships TO {FOUNDATION_ROLE}")


def add_moment(table: str, name: str) -> None:
    op.add_column(table, sa.Column(name, sa.DateTime(timezone=True), nullable=True), schema=SCHEMA)
