"""Who adds a customer may say by which reference, and by one there is at most one customer of a tenant."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("customers", sa.Column("external_reference", sa.Text()), schema="customers")
    op.create_index(
        "ux_customers_external_reference",
        "customers",
        ["tenant_id", "external_reference"],
        unique=True,
        schema="customers",
    )
