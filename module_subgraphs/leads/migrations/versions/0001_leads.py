"""Leads."""

import sqlalchemy as sa
from alembic import op

from foundation_subgraph.kit.migrations import create_tenant_table

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_tenant_table(
        "leads",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("company", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("city", sa.Text()),
        sa.Column("worth", sa.Numeric()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema="leads",
    )
    op.create_index("ix_leads_name", "leads", ["tenant_id", "name", "id"], schema="leads")
