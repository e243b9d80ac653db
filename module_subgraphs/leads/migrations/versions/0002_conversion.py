"""Where a lead stands, and which customer came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for column in (
        sa.Column("status", sa.Text(), nullable=False, server_default="new"),
        sa.Column("conversion_id", sa.Uuid()),
        sa.Column("customer_id", sa.Uuid()),
        sa.Column("converted_at", sa.DateTime(timezone=True)),
    ):
        op.add_column("leads", column, schema="leads")
    op.create_check_constraint(
        "statuses", "leads", "status IN ('converted', 'lost', 'new', 'qualified')", schema="leads"
    )
    op.create_check_constraint(
        "converted",
        "leads",
        "(status = 'converted') = (customer_id IS NOT NULL)"
        " AND (customer_id IS NULL OR conversion_id IS NOT NULL)"
        " AND (customer_id IS NULL) = (converted_at IS NULL)",
        schema="leads",
    )
    op.create_index("ix_leads_status", "leads", ["tenant_id", "status", "name", "id"], schema="leads")
