"""A page of a customer's awards is found by an index, however many there are."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index(
        "ix_point_awards_of_customer",
        "point_awards",
        ["tenant_id", "customer_id", "awarded_at", "id"],
        schema="loyalty",
    )
    op.drop_index("ix_point_awards_customer_id", "point_awards", schema="loyalty")
