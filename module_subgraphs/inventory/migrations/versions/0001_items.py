"""Items, and the movements of their stock."""

import sqlalchemy as sa
from alembic import op

from foundation_subgraph.kit.migrations import create_tenant_table

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_tenant_table(
        "items",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit_price", sa.Numeric(), nullable=False),
        sa.Column("low_at", sa.Integer(), nullable=False),
        sa.Column("in_stock", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.UniqueConstraint("tenant_id", "sku", name="uq_items_sku"),
        sa.CheckConstraint("in_stock >= 0", name="ck_items_in_stock"),
        sa.CheckConstraint("low_at >= 0", name="ck_items_low_at"),
        schema="inventory",
    )
    op.create_index("ix_items_sku", "items", ["tenant_id", "sku", "id"], schema="inventory")
    create_tenant_table(
        "stock_movements",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("stock_after", sa.Integer(), nullable=False),
        sa.Column("moved_by", sa.Uuid(), nullable=False),
        sa.Column(
            "moved_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["inventory.items.tenant_id", "inventory.items.id"],
            name="fk_stock_movements_item",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("quantity <> 0", name="ck_stock_movements_quantity"),
        schema="inventory",
    )
    op.create_index(
        "ix_stock_movements_item_id",
        "stock_movements",
        ["tenant_id", "item_id", "moved_at", "id"],
        schema="inventory",
    )
